"""A dirty demo world that lands month by month, each month closed on the fifth of the next: what was closed never moves again.

Every month is built anew from landing after the close before it, every third one by an increment first, which must give the same
tables. In the end what was posted to each month is what the truth says was known by its close, and all of it together is the truth.

    python closes.py --program PROGRAM [--purchases 6000] [--seed 1] [--keep DIR]
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from agreement import REPOSITORY
from truth import LINES, compared

CLOSE_DAY = "05"
OWED = "account in ('pending', 'available', 'in_settlement')"
# Closed figures as pages show them, and as the ledger adds up to them; their month first.
FIGURES = {
    "entries": "select period, entry_id, transaction_id, account, user_id, school_id, entry_type, amount, lot_id, effective_at, posted_at, "
    "funding_source, line_type, posting, revision from {gold}.fct_rewards where period <= '{closed}'",
    "lines": "select period, account, line_type, school_id, funding_source, sum(amount) from {gold}.fct_rewards "
    "where period <= '{closed}' group by all",
    "schools": "select * from {gold}.agg_rewards_month_school where month_on <= date '{closed}-01'",
    "funding": "select * from {gold}.agg_rewards_month_funding where month_on <= date '{closed}-01'",
}


class Books:
    """A data folder whose landing grows, and what its closed months came to."""

    def __init__(self, program, project, folder):
        self.program, self.project, self.folder = program, project, folder
        self.data, self.landing = folder / "data", folder / "landing"
        # The last closed month, and the last one whose figures were taken down.
        self.closed = self.seen = None
        self.fixed = {}

    def call(self, *words):
        done = subprocess.run([self.program, *map(str, words)], capture_output=True, text=True, check=False)
        if done.returncode not in (0, 3):
            sys.exit(f"carton-caps {' '.join(map(str, words[:3]))} ended with {done.returncode}:\n{done.stderr[-6000:]}")
        return json.loads(done.stdout)

    def land(self, origin, until):
        """Moves all files of days up to `until` into landing."""
        for folder in sorted(origin.glob("*/dt=*")):
            if until is None or folder.name <= f"dt={until}":
                into = self.landing / folder.parent.name / folder.name
                into.parent.mkdir(parents=True, exist_ok=True)
                os.rename(folder, into)

    def run(self, *flags):
        return self.call("pipeline", "run", "--json", "--project", self.project, "--landing", self.landing, "--data", self.data, *flags)

    def close(self, period):
        words = ["period", "close", period, "--data", self.data, "--project", self.project, "--json", "--by", "test"]
        close = self.call(*words, "--allow-quarantined", "--reason", "rows of unknown users")
        self.closed = period
        return close

    def release(self):
        """(connection, the schema of gold)."""
        path = self.data / "releases" / (self.data / "current").read_text().strip() / "gold.duckdb"
        db = duckdb.connect()
        db.execute("set timezone = 'UTC'")
        db.execute(f"attach '{path}' as release (read_only)")
        schema = db.execute("select schema_name from duckdb_tables() where table_name = 'fct_rewards'").fetchone()[0]
        return db, f"release.{schema}"

    def moved(self):
        """What differs in closed months from what it was when they were closed, in words."""
        if self.closed is None:
            return []
        db, gold = self.release()
        found = []
        for name, sql in FIGURES.items():
            now = set(db.execute(sql.format(gold=gold, closed=self.closed)).fetchall())
            before = self.fixed.get(name, set())
            if lost := before - now:
                found.append(f"{name}: {len(lost)} rows are gone or others, such as {min(map(str, lost))}")
            newly = self.closed if self.seen != self.closed else None
            if added := {row for row in now - before if str(row[0])[:7] != newly}:
                found.append(f"{name}: {len(added)} rows are new, such as {min(map(str, added))}")
            self.fixed[name] = now
        self.seen = self.closed
        db.close()
        return found


def months(first, last):
    year, month = map(int, first.split("-"))
    while f"{year:04}-{month:02}" <= last:
        following = (year + month // 12, month % 12 + 1)
        yield f"{year:04}-{month:02}", f"{following[0]:04}-{following[1]:02}-{CLOSE_DAY}"
        year, month = following


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--project", type=Path, default=REPOSITORY / "marts")
    parser.add_argument("--purchases", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dirt", default="default,late=0.2,cdc=0.05")
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        folder = options.keep or Path(folder)
        shutil.rmtree(folder, ignore_errors=True)
        command = [options.program, "demo", "--purchases", str(options.purchases), "--seed", str(options.seed), "--until", "2026-06-30"]
        command += ["--dirt", options.dirt, "--out", folder / "all", "--truth", folder / "truth"]
        subprocess.run(command, check=True, capture_output=True)
        books = Books(options.program, options.project, folder)
        wrong = []
        for nth, (period, close_on) in enumerate(months("2024-07", "2026-05")):
            books.land(folder / "all", close_on)
            increment = nth % 3 == 2
            if increment:
                books.run()
                wrong += books.moved()
            built = books.run("--full-refresh")
            if increment and not built["confirmed"]:
                wrong.append(f"{period}: the increment gave other tables than the full rebuild")
            wrong += books.moved()
            close = books.close(period)
            # What the release says that was closed is what every later one must say.
            wrong += books.moved()
            print(f"{period}: {close['entries']:,} entries, {close['owed']} owed, {close['quarantined_rows']} rows held back", flush=True)
        books.land(folder / "all", None)
        books.run()
        wrong += books.moved()
        if not books.run("--full-refresh")["confirmed"]:
            wrong.append("the last increment gave other tables than the full rebuild")
        wrong += books.moved()

        db, gold = books.release()
        db.execute(f"create view rewards as select *, {LINES.replace('entry_type', 'line_type')} as line from {gold}.fct_rewards")
        for name in ("ledger", "roll_forward_effective", "roll_forward_posted"):
            db.execute(f"create view truth_{name} as from '{folder / 'truth' / name}.parquet'")
        sums = "sum(amount) as amount from {} group by all having sum(amount) <> 0"
        line = f"(from rewards where {OWED} and line is not null)"
        month = "substring(cast(effective_on as varchar), 1, 7)"
        entry = "user_id, {} as entry_type, account, lot_id, funding_source, school_id, effective_at, "
        equal = [
            compared(
                db,
                "roll_forward_posted",
                f"select period, {month} as effective_month, line, school_id, funding_source, " + sums.format(line),
                "select period, effective_month, line, school_id, funding_source, " + sums.format("truth_roll_forward_posted"),
            ),
            compared(
                db,
                "roll_forward_effective",
                f"select {month} as period, line, school_id, funding_source, " + sums.format(line),
                "select period, line, school_id, funding_source, " + sums.format("truth_roll_forward_effective"),
            ),
            compared(
                db,
                "entries",
                "select " + entry.format("line_type") + sums.format("rewards"),
                "select " + entry.format("entry_type") + sums.format("truth_ledger"),
            ),
        ]
        prior, again, thrice = db.execute(
            f"select count(*) filter ({month} < period), count(*) filter (posting = 'again'), max(revision) from rewards"
        ).fetchone()
        states = db.execute(f"select state, count(*) from {gold}.accounting_periods group by all order by all").fetchall()
        print(f"{prior:,} entries on prior-period lines, {again:,} of them posted again, at most {thrice} times; months: {states}.")
        if not prior or not again or states != [("closed", 23), ("open", 1)]:
            wrong.append("the world has nothing late, or not all months were closed")
        for words in wrong:
            print("MOVED:", words)
        print(f"{'No closed figure ever moved' if not wrong else 'Closed figures moved'} ({time.monotonic() - started:.0f} s).")
        sys.exit(bool(wrong) or not all(equal))


if __name__ == "__main__":
    main()
