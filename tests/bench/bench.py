"""`make bench`: ratios of the program to plain DuckDB, dbt and Streamlit, all measured in this run on this machine.

CARTON_CAPS_PROGRAM names the program, CARTON_CAPS_REAL_LANDING the landing files of the Complete Journey.
"""

import http.client
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import browser
import load

REPOSITORY = Path(__file__).resolve().parents[2]
ROUNDS = 3
PAGES = 60
BROWSER_ROUNDS = 7
SESSIONS = (50, 500)
AIM_LANDING_TO_GOLD = 1.5
DEMO_PURCHASES = 1_000_000


def timed(command):
    """Runs a command to its end. Returns (seconds on the clock, seconds of processor time, what it printed)."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=False)
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}")
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def landing_to_gold(program, landing, world):
    """The whole pipeline (bronze by hash, silver, gold, contracts, publish) against the same SQL in a script."""
    rounds = []
    for number in range(ROUNDS):
        data = world / f"program-{number}"
        ours = timed([program, "pipeline", "run", "--project", "marts", "--landing", landing, "--data", data])
        script = [sys.executable, REPOSITORY / "tests/bench/landing_to_gold.py"]
        theirs = timed([*script, "--landing", landing, "--data", world / "baseline"])
        rounds.append((ours, theirs))
    release = (data / "current").read_text(encoding="utf-8").strip()
    gold = data / "releases" / release / "gold.duckdb"
    # Not timed: the script's tables are the program's, row by row.
    timed([*script, "--landing", landing, "--data", world / "baseline", "--compare", gold])
    again = timed([program, "pipeline", "run", "--project", "marts", "--landing", landing, "--data", data])
    ours, theirs = (min(both[side] for both in rounds) for side in (0, 1))
    return {
        "program": {"seconds": round(ours[0], 2), "processor_seconds": round(ours[1], 2)},
        "script": {"seconds": round(theirs[0], 2), "processor_seconds": round(theirs[1], 2)},
        "ratio": round(ours[0] / theirs[0], 2),
        "processor_ratio": round(ours[1] / theirs[1], 2),
        "aim": AIM_LANDING_TO_GOLD,
        "second_run_seconds": round(again[0], 2),
    }


def dbt_build(program, landing):
    """A full build against real `dbt build`."""
    script = [REPOSITORY / ".build/dbt/bin/python", "tests/bench/dbt_build.py"]
    return json.loads(timed([*script, "--program", program, "--landing", landing])[2])


def panel_queries(data):
    """Each panel's questions through the service's own door, against the same SQL in plain DuckDB."""
    bench = Path(os.environ["CARTON_CAPS_TARGET"]) / "debug/panel_bench"
    return json.loads(timed([bench, data, REPOSITORY / "marts"])[2])


def page_over_http(program, data):
    """The warm page: rendered in one piece with every figure, and the first bytes of the streamed one."""
    port = browser.free_port()
    with browser.program(program, data, ".build/site", port):
        pages = {}
        for name, path in {
            "streamed": "/purchases?range=all_time",
            "one_piece": "/purchases?range=all_time&view=static",
            "healthz": "/healthz",
        }.items():
            get(port, path)
            answers = [get(port, path) for _ in range(PAGES)]
            assert all(status == 200 for status, *_ in answers), path
            first, whole = (sorted(answer[at] for answer in answers) for at in (1, 2))
            pages[name] = {
                "first_byte_ms": {"p50": first[PAGES // 2], "p95": first[PAGES * 95 // 100]},
                "whole_ms": {"p50": whole[PAGES // 2], "p95": whole[PAGES * 95 // 100]},
                "bytes": answers[-1][3],
            }
        return pages


def growth_and_rewards(program, world):
    """Changes of the range on the pages of growth and rewards, in the browser, on a demo world."""
    landing, data = world / "demo-landing", world / "demo"
    timed([program, "demo", "--out", landing, "--purchases", DEMO_PURCHASES, "--seed", 1])
    timed([program, "pipeline", "run", "--project", "marts", "--landing", landing, "--data", data])
    pages = ("/referrals", "/k-factor", "/rewards", "/retention")
    return {"purchases": DEMO_PURCHASES} | browser.changes(program, data, REPOSITORY / ".build/site", pages)


def get(port, path):
    """Returns (status, milliseconds to the first byte, to the last, bytes)."""
    started = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path)
    answer = connection.getresponse()
    head = answer.read(1)
    first = time.perf_counter()
    body = head + answer.read()
    connection.close()
    return answer.status, round((first - started) * 1e3, 1), round((time.perf_counter() - started) * 1e3, 1), len(body)


def main():
    program, landing = os.environ["CARTON_CAPS_PROGRAM"], os.environ["CARTON_CAPS_REAL_LANDING"]
    with tempfile.TemporaryDirectory() as world:
        figures = {"landing_to_gold": landing_to_gold(program, landing, Path(world))}
        data = Path(world) / f"program-{ROUNDS - 1}"
        figures["dbt_build"] = dbt_build(program, landing)
        figures["panel_queries"] = panel_queries(data)
        figures["page_over_http"] = page_over_http(program, data)
        figures["load"] = load.measure(program, data, REPOSITORY / ".build/site", SESSIONS)
        figures["browser"] = browser.measure(program, data, REPOSITORY / ".build/site", BROWSER_ROUNDS)
        figures["growth_and_rewards"] = growth_and_rewards(program, Path(world))
        print(json.dumps(figures, indent=2))
    if failed := load.errors(figures["load"]):
        sys.exit(f"{failed} answers over HTTP failed; see `load`.")


if __name__ == "__main__":
    main()
