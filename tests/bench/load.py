"""One person, and many at once, on Purchases over HTTP: how long a change of filters takes until the last panel is new.

    python load.py --program PROGRAM --data DIR [--site .build/site] [--sessions 50 500]

Each session has its own connections, one per panel as a browser has, looks a while and changes the filters again. Every
number of sessions gets a server of its own, whose cache is empty. The one person makes changes that nobody made before,
on all panels of the page. Prints JSON; ends with 1 where any answer failed.
"""

import argparse
import asyncio
import itertools
import json
import random
import re
import resource
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

import browser

REPOSITORY = browser.REPOSITORY
PANELS = ("headline", "spend_over_time", "leaders", "products")
ALL_PANELS = (*PANELS[:3], "basket_sizes", "week_and_hour", "receipt_kinds", "products")
CHANGES = 6
# Changes of the one person.
ALONE = 40
# People look before they change something.
MOST_SECONDS_OF_LOOKING = 8
SEED = 4

RANGES = ("range=all_time", "range=last_90_days", "range=last_30_days", "range=year_to_date", "from=2017-03-01&to=2017-08-31")
COMPARISONS = ("compare=none", "compare=prior_period", "compare=prior_year")
STATES = ("", "state=NY", "state=%21VA")
FILTERS = ("", "department=GROCERY", "department=DRUG+GM", "department=PRODUCE", "department=MEAT,DELI", "department=!GROCERY")


class Connection:
    """One kept-alive connection, one request at a time."""

    def __init__(self, port):
        self.port, self.streams = port, None

    async def ask(self, panel, query):
        """Asks for a panel as the page does. Returns the status."""
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
        reader, writer = self.streams
        body = urllib.parse.urlencode({"dashboard": "purchases", "panel": panel, "query": query}).encode()
        head = (
            f"POST /api/fn/panel_view HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAccept: application/json\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        if length := re.search(r"content-length: (\d+)", answer):
            await reader.readexactly(int(length[1]))
        else:
            while size := int(await reader.readuntil(b"\r\n"), 16):
                await reader.readexactly(size + 2)
            await reader.readexactly(2)
        return int(answer.split()[1])

    def close(self):
        if self.streams is not None:
            self.streams[1].close()


async def session(number, port, took, failed):
    """Changes filters a few times; notes the milliseconds of each change, and what was no answer."""
    chance = random.Random(SEED * 1000 + number)
    connections = [Connection(port) for _ in PANELS]
    for _ in range(CHANGES):
        await asyncio.sleep(chance.uniform(0, MOST_SECONDS_OF_LOOKING))
        query = "&".join(part for part in map(chance.choice, (RANGES, COMPARISONS, FILTERS)) if part)
        started = time.perf_counter()
        asked = (connection.ask(panel, query) for connection, panel in zip(connections, PANELS))
        for answer in await asyncio.gather(*asked, return_exceptions=True):
            if answer != 200:
                failed.append(repr(answer))
        took.append((time.perf_counter() - started) * 1e3)
    for connection in connections:
        connection.close()


async def one_after_another(port):
    """Each change of filters once, with nothing kept of it: milliseconds of each panel's answer, and of all of them."""
    connections = [Connection(port) for _ in ALL_PANELS]
    took, failed = {panel: [] for panel in ("all", *ALL_PANELS)}, []
    changes = [
        "&".join(filter(None, parts)) for parts in itertools.product(RANGES, COMPARISONS[:2], FILTERS[1:], STATES)
    ]
    random.Random(SEED).shuffle(changes)

    async def timed(connection, panel, query):
        started = time.perf_counter()
        answer = await connection.ask(panel, query)
        took[panel].append((time.perf_counter() - started) * 1e3)
        if answer != 200:
            failed.append(repr(answer))

    for query in changes[:ALONE]:
        started = time.perf_counter()
        await asyncio.gather(*(timed(connection, panel, query) for connection, panel in zip(connections, ALL_PANELS)))
        took["all"].append((time.perf_counter() - started) * 1e3)
    for connection in connections:
        connection.close()
    return took, failed


async def crowd(sessions, port):
    took, failed = [], []
    await asyncio.gather(*(session(number, port, took, failed) for number in range(sessions)))
    return took, failed


def part(times, per_cent):
    """The milliseconds that so many per cent of them do not exceed."""
    return round(sorted(times)[min(len(times) - 1, len(times) * per_cent // 100)], 1)


def peak_megabytes(process):
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return round(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1e3)


def came_from(port):
    """How many answers were kept (hit), worked out for someone else just then (joined), or asked (miss)."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return {name: int(count) for name, count in re.findall(r'cache_answers_total\{outcome="(\w+)"\} (\d+)', text)}


def measure(program, data, site, levels):
    # A connection is a file, here as in the server, which inherits the limit.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    found = {}
    port = browser.free_port()
    with browser.program(program, data, site, port):
        took, failed = asyncio.run(one_after_another(port))
        found["alone"] = {
            "changes": len(took["all"]),
            "errors": len(failed),
            "panels": {panel: {"p50_ms": part(times, 50), "p95_ms": part(times, 95)} for panel, times in took.items()},
        }
    for sessions in levels:
        port = browser.free_port()
        with browser.program(program, data, site, port) as server:
            took, failed = asyncio.run(crowd(sessions, port))
            found[str(sessions)] = {
                "changes": len(took),
                "p50_ms": part(took, 50),
                "p95_ms": part(took, 95),
                "longest_ms": part(took, 100),
                "errors": len(failed),
                "kinds_of_errors": sorted(set(failed))[:5],
                "answers": came_from(port),
                "peak_megabytes": peak_megabytes(server),
            }
    return found


def errors(found):
    """How many answers were none, in what `measure` found."""
    return sum(level["errors"] for level in found.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--site", type=Path, default=REPOSITORY / ".build/site")
    parser.add_argument("--sessions", type=int, nargs="+", default=[50, 500])
    arguments = parser.parse_args()
    found = measure(arguments.program, arguments.data, arguments.site, arguments.sessions)
    print(json.dumps(found, indent=2))
    if errors(found):
        sys.exit(1)


if __name__ == "__main__":
    main()
