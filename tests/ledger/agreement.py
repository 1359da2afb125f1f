"""`fct_rewards` of worlds made by chance against a replay of each user, event by event: every entry, to a hundredth of a cent.

    python agreement.py --program PROGRAM [--worlds 40] [--seed 1] [--parts 1] [--keep DIR]
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb

from worlds import LAST, Small, land

REPOSITORY = Path(__file__).resolve().parents[2]


def run(program, project, landing, data):
    command = [program, "pipeline", "run", "--project", project, "--landing", landing, "--data", data]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        sys.exit(f"carton-caps pipeline run ended with {done.returncode}:\n{done.stderr[-6000:]}")


def ledger_of(data):
    """{user: {(entry type, account, lot, school, moment, cash-out): amount}} of the current release."""
    release = data / "releases" / (data / "current").read_text().strip() / "gold.duckdb"
    found = defaultdict(lambda: defaultdict(Decimal))
    with duckdb.connect(str(release), read_only=True) as db:
        table = db.execute("select schema_name from duckdb_tables() where table_name = 'fct_rewards'").fetchone()[0]
        rows = db.execute(
            "select user_id, entry_type, account, lot_id, school_id, effective_at, "
            "case when entry_type <> 'recovery' and entry_type not like 'school%' then cash_out_id end, amount "
            f"from {table}.fct_rewards"
        ).fetchall()
    for user, *key, amount in rows:
        found[user][tuple(key)] += amount
    return found


def same(cash_out_less):
    return {key: amount for key, amount in cash_out_less.items() if amount != 0}


def replayed(world):
    # The business date ends in New York.
    until = datetime.combine(LAST + timedelta(days=1), datetime.min.time()) + timedelta(hours=4)
    rows = {}
    for user, ledger in world.ledgers.items():
        ledger.run(until)
        entries = defaultdict(Decimal)
        for (kind, account, lot, school, at, cash_out), amount in ledger.rows().items():
            entries[kind, account, lot, school, at, cash_out if not kind.startswith(("recovery", "school")) else None] += amount
        rows[user] = same(entries)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--project", type=Path, default=REPOSITORY / "marts")
    parser.add_argument("--worlds", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parts", type=int, default=1, help="in so many loads, compared after the last")
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = options.keep or Path(folder)
        shutil.rmtree(folder, ignore_errors=True)
        worlds = [Small(options.seed * 1000 + n) for n in range(options.worlds)]
        land(worlds, folder / "parts", options.parts, options.seed)
        for part in range(options.parts):
            shutil.copytree(folder / "parts" / f"part{part}", folder / "landing", dirs_exist_ok=True)
            run(options.program, options.project, folder / "landing", folder / "data")
        found = ledger_of(folder / "data")
        wrong = entries = 0
        for world in worlds:
            for user, expected in replayed(world).items():
                entries += len(expected)
                theirs = same(found.get(user, {}))
                if theirs != expected:
                    wrong += 1
                    if wrong <= 3:
                        print(f"User {user}:")
                        for key in sorted(set(expected) | set(theirs), key=lambda k: (k[4], str(k))):
                            if expected.get(key) != theirs.get(key):
                                print("   ", *map(str, key), "replay", expected.get(key), "model", theirs.get(key))
        users = sum(len(world.ledgers) for world in worlds)
        print(f"{users - wrong} of {users} users agree, {entries:,} entries.")
        sys.exit(wrong > 0 or entries == 0)


if __name__ == "__main__":
    main()
