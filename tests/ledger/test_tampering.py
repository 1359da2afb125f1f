"""Each assertion about the ledger holds, and fails when one row of it is tampered with.

The program is named by the environment: CARTON_CAPS_PROGRAM.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import duckdb
import jinja2

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "dbt")]

import bronze  # noqa: E402
from agreement import REPOSITORY, run  # noqa: E402
from worlds import LAST, Small, land  # noqa: E402

PROJECT = REPOSITORY / "marts"
ASSERTIONS = [
    "a_transaction_of_rewards_sums_to_zero",
    "no_balance_of_rewards_is_below_zero",
    "accruals_are_those_of_the_purchases",
    "payments_are_those_of_the_settlements",
    "a_month_of_rewards_opens_where_the_last_closed",
    "rewards_tie_out",
    "rewards_available_are_what_is_left_of_the_lots",
    "closed_rewards_stay_as_they_were",
    "postings_come_to_the_entries",
]
# Closed before the last part of the worlds lands.
CLOSED = ["2024-01", "2024-02", "2024-03", "2024-04", "2024-05", "2024-06"]
# What is done to one row (or the two of a transaction), and the assertions that must notice.
ONE = "(select entry_id from gold.{schema}.fct_rewards where {where} order by entry_id limit 1)"
TAMPERING = {
    "an amount": ("amount = amount + 0.01", "account = 'available' and entry_type = 'vest'", ["a_transaction_of_rewards_sums_to_zero", "rewards_tie_out", "rewards_available_are_what_is_left_of_the_lots"]),
    "an accrual": ("amount = amount - 0.0001", "account = 'funding' and entry_type = 'accrual'", ["accruals_are_those_of_the_purchases", "a_transaction_of_rewards_sums_to_zero"]),
    "a payment": ("amount = amount + 1", "account = 'paid' and entry_type = 'cash_out_paid'", ["payments_are_those_of_the_settlements", "a_transaction_of_rewards_sums_to_zero"]),
    "a settlement": ("settlement_id = 'another'", "account = 'paid' and entry_type = 'cash_out_paid'", ["payments_are_those_of_the_settlements"]),
    "a lot": ("lot_id = 'another'", "account = 'available' and entry_type = 'vest'", ["rewards_available_are_what_is_left_of_the_lots"]),
    "an account": ("account = 'paid'", "account = 'available' and entry_type = 'vest'", ["rewards_available_are_what_is_left_of_the_lots", "rewards_tie_out"]),
    "a closed entry": ("posted_at = posted_at + interval 1 day", "period = '2024-05'", ["closed_rewards_stay_as_they_were"]),
    "a closed entry's period": ("period = '2024-07'", "period = '2024-05'", ["closed_rewards_stay_as_they_were"]),
    "an open entry's period": ("period = '2024-06'", "period = '2024-09'", ["closed_rewards_stay_as_they_were"]),
    "a source of funds": ("funding_source = 'another'", "account = 'pending'", ["postings_come_to_the_entries"]),
    "a moment": ("effective_at = effective_at - interval 900 day", "account = 'available' and entry_type = 'cash_out_request'", ["no_balance_of_rewards_is_below_zero"]),
}
LOST = {
    "a vest is lost": ("account = 'available' and entry_type = 'vest'", ["a_transaction_of_rewards_sums_to_zero", "rewards_tie_out"]),
    "a posting is lost": ("posting = 'again'", ["postings_come_to_the_entries"]),
    "an accrual is lost": ("account = 'funding' and entry_type = 'accrual'", ["accruals_are_those_of_the_purchases"]),
}


class Tampering(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        land([Small(4000 + n) for n in range(6)], cls.folder / "parts", parts=2)
        program, landing, data = os.environ["CARTON_CAPS_PROGRAM"], cls.folder / "landing", cls.folder / "data"
        shutil.copytree(cls.folder / "parts" / "part0", landing)
        run(program, PROJECT, landing, data)
        for period in CLOSED:
            subprocess.run([program, "period", "close", period, "--data", data, "--project", PROJECT], check=True, capture_output=True)
        shutil.copytree(cls.folder / "parts" / "part1", landing, dirs_exist_ok=True)
        run(program, PROJECT, landing, data)
        cls.release = data / "releases" / (data / "current").read_text().strip() / "gold.duckdb"
        cls.state = data / "state.duckdb"

    def setUp(self):
        copy = self.folder / "gold.duckdb"
        copy.unlink(missing_ok=True)
        shutil.copyfile(self.release, copy)
        self.db = duckdb.connect()
        self.addCleanup(self.db.close)
        self.db.execute("set timezone = 'UTC'")
        self.db.execute(f"attach '{copy}' as gold")
        self.db.execute(f"attach '{self.state}' as state (read_only)")
        bronze.copy_functions(self.db, "gold")
        listed = "select database_name, schema_name, {0}_name from duckdb_{0}s() where database_name in ('gold', 'state')"
        self.places = {}
        for kind in ("table", "view"):
            for place in self.db.execute(listed.format(kind)).fetchall():
                self.places[place[-1]] = ".".join(map(bronze.identifier, place))
        self.schema = self.places["fct_rewards"].split(".")[1]

    def failing(self, assertion):
        macros = "".join((PROJECT / "macros" / f"{name}.sql").read_text(encoding="utf-8") for name in ("windows", "rewards"))
        text = macros + (PROJECT / "tests" / f"{assertion}.sql").read_text(encoding="utf-8")
        values = {"reporting_zone": "America/New_York", "business_date": str(LAST)}
        sql = jinja2.Environment().from_string(text).render(ref=self.places.__getitem__, var=values.__getitem__)
        return len(self.db.execute(sql).fetchall())


    def test_each_assertion_holds(self):
        for assertion in ASSERTIONS:
            with self.subTest(assertion):
                self.assertEqual(self.failing(assertion), 0)

    def test_each_assertion_notices_a_row_that_was_tampered_with(self):
        noticed = set()
        for what, (change, where, assertions) in TAMPERING.items():
            with self.subTest(what):
                self.tamper(f"update {self.places['fct_rewards']} set {change} where entry_id = " + ONE.format(schema=self.schema, where=where), assertions)
                noticed |= set(assertions)
        for what, (where, assertions) in LOST.items():
            with self.subTest(what):
                self.tamper(f"delete from {self.places['fct_rewards']} where entry_id = " + ONE.format(schema=self.schema, where=where), assertions)
                noticed |= set(assertions)
        with self.subTest("a month"):
            table = self.places["agg_rewards_month_school"]
            change = f"update {table} set closing = closing + 1 where rowid = (select min(rowid) from {table})"
            self.tamper(change, ["a_month_of_rewards_opens_where_the_last_closed"])
            noticed.add("a_month_of_rewards_opens_where_the_last_closed")
        self.assertEqual(noticed, set(ASSERTIONS))

    def tamper(self, sql, assertions):
        self.db.execute("begin")
        try:
            changed = self.db.execute(sql).fetchone()[0]
            self.assertEqual(changed, 1)
            for assertion in assertions:
                self.assertGreater(self.failing(assertion), 0, assertion)
        finally:
            self.db.execute("rollback")


if __name__ == "__main__":
    unittest.main()
