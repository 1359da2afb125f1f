"""One stand-in for all tests of a run, over a small release of its own, and bare HTTP to it."""

import atexit
import functools
import http.client
import json
import tempfile
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

import duckdb

from .standin import CLIENT_ID, WAREHOUSE_ID, StandIn  # noqa: F401 - for tests

RELEASE_ID = "2026-11-22-4f70f624068a"
GOLD = """
CREATE TABLE fct_purchase AS
SELECT i::BIGINT AS purchase_id, ('2026-01-01'::DATE + (i % 30)::INT) AS day, (i * 0.37)::DECIMAL(18,2) AS amount, 'Grüße ' || i AS product,
       TIMESTAMP '2026-01-01 12:00:00' + to_seconds(i) AS purchased_at, i % 2 = 0 AS is_first, CASE WHEN i % 10 = 0 THEN NULL ELSE i END::INTEGER AS quantity
FROM range(1000) AS t(i);
CREATE TABLE dim_date AS SELECT DATE '2026-01-01' AS date_day;
"""


def write_release(folder: Path) -> Path:
    """A release with two small gold tables."""
    with duckdb.connect(str(folder / "gold.duckdb")) as db:
        db.execute(GOLD)
    manifest = {
        "release_id": RELEASE_ID,
        "business_date": "2026-11-22",
        "zone": "America/New_York",
        "published_at": "2026-11-23T23:44:59.753536882Z",
        "observed": ["2024-11-23", "2026-11-22"],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@functools.cache
def standin() -> StandIn:
    """The stand-in, started at the first call; as at its start again: settings, faults, counters."""
    folder = tempfile.TemporaryDirectory(prefix="standin-release-")
    started = StandIn(write_release(Path(folder.name)))
    started.__enter__()
    atexit.register(lambda: (started.__exit__(None, None, None), folder.cleanup()))
    return started


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


def call(method, path, body=None, headers=None, token=True, timeout=20) -> Answer:
    """One exchange on a connection of its own. `path` may be a whole address; only the warehouse's own gets the token."""
    split = urllib.parse.urlsplit(urllib.parse.urljoin(standin().url, path))
    mine = {"Authorization": f"Bearer {standin().token}"} if token and f"http://{split.netloc}" == standin().url else {}
    connection = http.client.HTTPConnection(split.netloc, timeout=timeout)
    try:
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        connection.request(method, f"{split.path}?{split.query}" if split.query else split.path, data, mine | (headers or {}))
        reply = connection.getresponse()
        return Answer(reply.status, dict(reply.headers), reply.read())
    finally:
        connection.close()


def submit(statement, headers=None, **body) -> Answer:
    return call("POST", "/api/2.0/sql/statements", {"statement": statement, "warehouse_id": WAREHOUSE_ID, "wait_timeout": "30s"} | body, headers)


def control(path, body=None) -> dict:
    return call("GET" if body is None else "POST", f"/standin/{path}", body, token=False).json


def fresh() -> StandIn:
    """The stand-in with settings, faults and counters as at its start."""
    control("reset", {})
    return standin()
