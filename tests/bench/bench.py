"""`make bench`: ratios of the program to plain DuckDB, both measured in this run on this machine.

CARTON_CAPS_PROGRAM names the program, CARTON_CAPS_REAL_LANDING the landing files of the Complete Journey.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
ROUNDS = 3
AIM_LANDING_TO_GOLD = 1.5


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


def main():
    program, landing = os.environ["CARTON_CAPS_PROGRAM"], os.environ["CARTON_CAPS_REAL_LANDING"]
    with tempfile.TemporaryDirectory() as world:
        print(json.dumps({"landing_to_gold": landing_to_gold(program, landing, Path(world))}, indent=2))


if __name__ == "__main__":
    main()
