"""The ledger of a dirty demo world against its truth: every month, school and funding source, and every entry, to the last digit.

    python truth.py --program PROGRAM [--purchases 20000] [--seed 1] [--keep DIR]
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

from agreement import REPOSITORY, run

LINES = (
    "case when entry_type in ('accrual', 'reversal') then 'accrued' when entry_type = 'referral_bonus' then 'bonuses' "
    "when entry_type = 'cash_out_returned' then 'returned' when entry_type = 'school_transfer' then 'transfers' "
    "when entry_type = 'adjustment' then 'adjustments' when entry_type = 'cash_out_paid' then 'paid' "
    "when entry_type = 'expiry' then 'expired' when entry_type = 'clawback' then 'clawed_back' "
    "when entry_type = 'recovery' then 'recovered' end"
)


def compared(db, what, ours, truth, shown=12):
    """Whether two relations of (key columns, amount) are the same."""
    found = db.execute(
        f"select * from (select 'ledger' as side, * from (({ours}) except all ({truth})) union all "
        f"select 'truth', * from (({truth}) except all ({ours}))) order by all limit {shown}"
    ).fetchall()
    rows = db.execute(f"select count(*) from ({truth})").fetchone()[0]
    print(f"{what}: {rows:,} rows of the truth, {'the same' if not found else 'DIFFERENT'}")
    for row in found:
        print("   ", *row)
    return not found and rows > 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--project", type=Path, default=REPOSITORY / "marts")
    parser.add_argument("--purchases", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dirt", default="default")
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = options.keep or Path(folder)
        shutil.rmtree(folder, ignore_errors=True)
        command = [options.program, "demo", "--purchases", str(options.purchases), "--seed", str(options.seed), "--until", "2026-06-30"]
        command += ["--dirt", options.dirt, "--out", folder / "landing", "--truth", folder / "truth"]
        subprocess.run(command, check=True, capture_output=True)
        run(options.program, options.project, folder / "landing", folder / "data")
        data = folder / "data"
        release = data / "releases" / (data / "current").read_text().strip() / "gold.duckdb"
        db = duckdb.connect()
        db.execute("set timezone = 'UTC'")
        db.execute(f"attach '{release}' as release (read_only)")
        schema = db.execute("select schema_name from duckdb_tables() where table_name = 'fct_rewards'").fetchone()[0]
        db.execute(f"create view rewards as select *, {LINES} as line from release.{schema}.fct_rewards")
        for name in ("ledger", "roll_forward_effective", "roll_forward_posted"):
            db.execute(f"create view truth_{name} as from '{folder / 'truth' / name}.parquet'")
        owed = "account in ('pending', 'available', 'in_settlement')"
        for row in db.execute("select entry_type, count(*) from rewards group by all order by all").fetchall():
            print(f"    {row[0]:20} {row[1]:>9,}")
        equal = [
            compared(
                db,
                "roll_forward_effective",
                f"select substring(cast(effective_on as varchar), 1, 7) as m, line, school_id, funding_source, sum(amount) as amount "
                f"from rewards where {owed} and line is not null group by all having sum(amount) <> 0",
                "select period as m, line, school_id, funding_source, sum(amount) as amount from truth_roll_forward_effective "
                "group by all having sum(amount) <> 0",
            ),
            compared(
                db,
                "entries",
                "select user_id, entry_type, account, lot_id, funding_source, school_id, effective_at, sum(amount) as amount "
                "from rewards group by all having sum(amount) <> 0",
                "select user_id, entry_type, account, lot_id, funding_source, school_id, effective_at, sum(amount) as amount "
                "from truth_ledger group by all having sum(amount) <> 0",
            ),
        ]
        sys.exit(not all(equal))


if __name__ == "__main__":
    main()
