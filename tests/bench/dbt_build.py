"""The program against real dbt, both measured in this run: the same models, bronze files and tests, the same tables.

full: bronze is there, all else is made. one_day: a day more has landed on a history that both have built before.
The program's time has all of a run in it: the landing folder looked through, new files taken in, the release checked and
published. dbt's is that of `dbt build`, warm: its parse is kept from the round before. Both may use all cores.

    python dbt_build.py --program PROGRAM --landing DIR

Prints one line of JSON. Run it by the Python of `./setup.sh dbt`.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PROJECT = REPOSITORY / "marts"
sys.path.insert(0, str(REPOSITORY / "tests" / "dbt"))

import bronze  # noqa: E402
import parity  # noqa: E402
from dbt_command import Dbt  # noqa: E402
from world import AT_ONCE, World  # noqa: E402

ROUNDS = 3
AIM = 0.25


class Case:
    """One state of a world to start from, and what both sides make of it."""

    def __init__(self, folder, world, file, forget):
        self.world = world
        self.file = file
        self.forget = forget
        self.folder = folder
        self.kept = folder / "kept"
        self.dbt = Dbt(PROJECT, folder / "dbt", os.cpu_count())
        shutil.copytree(world.data, self.kept)

    def round(self):
        """Seconds of the program and of dbt."""
        shutil.rmtree(self.world.data)
        shutil.copytree(self.kept, self.world.data)
        if self.forget:
            self.world.forget_all_but_bronze()
        self.world.load = 1
        ours = self.world.run()
        # Views in a DuckDB file name it, so it keeps its name.
        file = self.folder / self.file.name
        file.unlink(missing_ok=True)
        if not self.forget:
            shutil.copyfile(self.file, file)
        bronze.write(file, PROJECT, bronze.files_of(self.world.data), self.world.gold)
        variables = self.world.variables() | (AT_ONCE if self.forget else {})
        started = time.perf_counter()
        self.dbt.build(file, variables)
        theirs = time.perf_counter() - started
        same, table = parity.compared(self.world, file, self.dbt)
        if not same:
            sys.exit(f"The tables differ, so their times say nothing:\n{table}")
        return ours, theirs

    def measure(self):
        """The best rounds; the first is left out, since dbt parses in it."""
        ours, theirs = zip(*[self.round() for _ in range(ROUNDS + 1)][1:])
        return {
            "program_seconds": round(min(ours), 2),
            "dbt_seconds": round(min(theirs), 2),
            "ratio": round(min(ours) / min(theirs), 2),
            "aim": AIM,
        }


def measure(program, landing, folder):
    world = World(program, PROJECT, folder)
    files = sorted(file for file in landing.rglob("dt=*/*") if file.is_file())
    last = max(file.parent.name for file in files)
    world.land([file for file in files if file.parent.name != last], landing)
    world.run()
    file = folder / "before.duckdb"
    bronze.write(file, PROJECT, bronze.files_of(world.data), world.gold)
    Dbt(PROJECT, folder / "dbt-before", os.cpu_count()).build(file, world.variables())
    world.land([file for file in files if file.parent.name == last], landing)
    one_day = Case(folder / "one_day", world, file, forget=False).measure()
    return {"full": Case(folder / "full", world, file, forget=True).measure(), "one_day": one_day}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--landing", type=Path, required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(options.program.resolve(), options.landing, Path(folder))))


if __name__ == "__main__":
    main()
