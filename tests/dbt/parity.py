"""`make dbt-parity`: real dbt builds the tables that the program builds, from the same models and bronze files.

The landing files arrive in two loads or more, as they would over some days. After each the program runs, dbt builds on, and all
tables are compared; in the end dbt also builds everything at once. So the models' incremental SQL is held twice: against the
program's runs, and against a build that knows no increments.

    python parity.py --program PROGRAM (--landing DIR | --demo PURCHASES) [--days 1] [--keep DIR]
"""

import argparse
import shutil
import sys
import tempfile
import time
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

import bronze
import compare
from dbt_command import Dbt
from world import AT_ONCE, World, demo

REPOSITORY = Path(__file__).resolve().parents[2]
# Of the sources with more files than a few, one file in so many arrives late.
FEW = 10
ONE_IN_LATE = 50
# Between two loads.
MONTHS_CLOSED = 12


def loads(landing, days):
    """All landing files, in the order they arrive: most first, then day by day the last ones, with late files among them.

    A late file is new and sorts before what is there. Sources of a few files have none late: their first is all there is.
    """
    files = sorted(file for file in landing.rglob("dt=*/*") if file.is_file())
    sources = Counter(file.parent.parent for file in files)
    last = sorted({file.parent.name for file in files})[-days:]
    arriving = [[] for _ in range(days + 1)]
    for file in files:
        chance = zlib.crc32(str(file.relative_to(landing)).encode())
        if file.parent.name in last:
            arriving[1 + last.index(file.parent.name)].append(file)
        elif sources[file.parent.parent] > FEW and chance % ONE_IN_LATE == 0:
            arriving[1 + chance // ONE_IN_LATE % days].append(file)
        else:
            arriving[0].append(file)
    return arriving


def compared(world, file, dbt):
    """What dbt built in `file` last against the program's release and state. Returns (equal, a table in words)."""
    equal, lines = True, []
    of_the_run, computed = dbt.lists_of_the_run(), dbt.computed_by_the_program()
    with duckdb.connect() as db:
        db.execute("set timezone = 'UTC'")
        db.execute(f"attach {bronze.literal(file)} as {bronze.identifier(file.stem)} (read_only)")
        db.execute(f"attach {bronze.literal(world.gold)} as gold (read_only)")
        db.execute(f"attach {bronze.literal(world.data / 'state.duckdb')} as state (read_only)")
        # The views of both sides call these.
        bronze.copy_functions(db, "gold")
        ours = relations_of_the_program(db)
        for name, (theirs, kind) in sorted(dbt.relations().items()):
            if name in of_the_run:
                lines.append(f"  {name:32} {kind:12} {'':>12}  of the run")
                continue
            if name in computed:
                found = compare.shape(db, ours[name], theirs)
                lines += [f"  {name:32} {kind:12} {'':>12}  computed{', and DIFFERS' if found else ''}", *(f"    {line}" for line in found)]
                equal = equal and not found
                continue
            rows, found = compare.differences(db, ours[name], theirs) if name in ours else (0, ["only dbt has it"])
            lines += [f"  {name:32} {kind:12} {rows:>12,}  {'DIFFERS' if found else 'same'}", *(f"    {line}" for line in found)]
            equal = equal and not found
    return equal, "\n".join(lines)


def relations_of_the_program(db):
    """{name: relation} of the attached silver and gold."""
    relations = {}
    for kind in ("table", "view"):
        listed = f"select database_name, schema_name, {kind}_name from duckdb_{kind}s() where database_name in ('gold', 'state')"
        for place in db.execute(listed).fetchall():
            relations[place[-1]] = ".".join(map(bronze.identifier, place))
    return relations


def check(options, folder):
    """Builds both sides load by load. Returns whether all tables were the same."""
    with ThreadPoolExecutor(1) as beside:
        parsed = beside.submit(parse_for_databricks, options.project, folder / "databricks")
        landing = options.landing or demo(options.program, options.demo, folder / "demo")
        world = World(options.program, options.project, folder)
        dbt = Dbt(options.project, folder / "dbt", options.threads)
        equal = True
        for files in loads(landing, options.days):
            if world.load:
                # What lands late belongs to months that are closed.
                closed = world.close_months(MONTHS_CLOSED)
                print(f"Closed {len(closed)} months of the ledger.\n", flush=True)
            world.land(files, landing)
            world.run()
            same, table = build_and_compare(world, dbt, folder / "growing.duckdb", world.variables())
            print(f"Load {world.load}, {len(files):,} files, until {world.variables()['business_date']}:\n{table}\n", flush=True)
            equal = equal and same
        same, table = build_and_compare(world, dbt, folder / "at_once.duckdb", world.variables() | AT_ONCE)
        print(f"All at once:\n{table}\n")
        equal = equal and same
        for warning in parsed.result():
            print(f"dbt warns: {warning}")
        print("dbt parse with dbt-databricks succeeds.")
    return equal


def build_and_compare(world, dbt, file, variables):
    bronze.write(file, world.project, bronze.files_of(world.data), world.gold)
    dbt.build(file, variables)
    return compared(world, file, dbt)


def parse_for_databricks(project, folder):
    """Parses the project as dbt-databricks does, which needs no warehouse. Returns the deprecations that dbt warned of."""
    variables = {"business_date": "2026-06-30"} | AT_ONCE
    words = Dbt(project, folder).run("parse", "--target", "databricks", "--show-all-deprecations", variables=variables)
    return Dbt.deprecations(words)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", type=Path, required=True)
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("--landing", type=Path, help="landing files that are there")
    given.add_argument("--demo", type=int, metavar="PURCHASES", help="a demo world to be made")
    parser.add_argument("--project", type=Path, default=REPOSITORY / "marts")
    parser.add_argument("--days", type=int, default=1, help="how many of the last days arrive one by one")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for everything that is made; what is there is removed")
    options = parser.parse_args()
    options.program, options.project = options.program.resolve(), options.project.resolve()
    started = time.monotonic()
    if options.keep:
        shutil.rmtree(options.keep, ignore_errors=True)
        options.keep.mkdir(parents=True)
        equal = check(options, options.keep.resolve())
    else:
        with tempfile.TemporaryDirectory() as folder:
            equal = check(options, Path(folder))
    print(f"{'Every table is the same' if equal else 'Some tables differ'} ({time.monotonic() - started:.0f} s).")
    sys.exit(not equal)


if __name__ == "__main__":
    main()
