"""A stand-in for a Databricks SQL warehouse: its HTTP interface in front of real Spark, with faults on demand.

    PYTHONPATH=tests .build/standin/bin/python -m standin [--data DIR | --release DIR] --port 8765 --print-url

Prints one line of JSON when it is ready, with which everything else is found:

    {"url": …, "storage_url": …, "warehouse_id": …, "token": …, "client_id": …, "client_secret": …, "schema": …, "volumes": …}

It stops at SIGTERM, at SIGINT, and (with --until-stdin-closes) when whoever started it is gone.

What it speaks: `api.py` lists every call. The tests beside this file hold it to the official `databricks-sdk` and
`databricks-sql-connector`. What it cannot do, since Spark from PyPI cannot: Delta tables, names of three parts.

Control, without a token, under `/standin/`:

    GET    /standin/statements         counts of statements and requests; `?detail=1` lists every statement
    GET    /standin/faults             faults armed and how often each struck
    POST   /standin/faults             arms one, or a rate of many: see `faults.py`
    DELETE /standin/faults             takes all of them away
    POST   /standin/settings           changes settings: see `settings.py`
    POST   /standin/warehouse          {"state": "STOPPED" | "RUNNING" | "DELETED"}
    POST   /standin/expire-tokens      every token given out by OAuth is refused from now on
    POST   /standin/reset              settings, faults, counters and the warehouse as at the start; running statements are cancelled

A fault for one request alone is named in its header: `X-Standin-Fault: 503;retry_after=1`.
"""
