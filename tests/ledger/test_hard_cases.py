"""What the ledger makes of input that should not be: each case is a user, with what every account holds in the end, reckoned by hand.

The program is named by the environment: CARTON_CAPS_PROGRAM.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import duckdb

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from agreement import REPOSITORY, run  # noqa: E402
from worlds import HEADERS  # noqa: E402

PROJECT = REPOSITORY / "marts"


class Landing:
    """Landing files of a few rows."""

    def __init__(self, folder):
        self.folder = folder
        self.rows = defaultdict(list)
        self.events = 0

    def row(self, source, dt, **values):
        self.rows[source, dt].append([values.get(name, "") for name in HEADERS[source].split()])

    def school(self, school, dt="2025-01-01", op="I"):
        self.row("schools", dt, school_id=school, name=school, op=op, updated_at=f"{dt}T00:00:00Z")

    def product(self, product, reward, at="2025-01-01"):
        self.row("products", at, product_id=product, name=product, department="Food", is_eligible="true", reward_per_unit=reward,
                 funding_source="brand", op="I", updated_at=f"{at}T00:00:00Z")

    def user(self, user, school="s1"):
        self.row("users", "2025-01-01", user_id=user, email=f"{user}@example.com", signed_up_at="2025-01-01T00:00:00Z", state="NY",
                 channel="organic", school_id=school, op="I", updated_at="2025-01-01T00:00:00Z")

    def purchase(self, user, on, dollars, name=None, dt=None, updated=None):
        name = name or f"p-{user}-{on}"
        self.row("purchases", dt or on, purchase_id=name, receipt_id=f"r-{name}", user_id=user, product_id="p1", retailer_id="rt",
                 quantity=dollars, amount="9.99", discount="0", purchased_at=f"{on}T12:00:00Z", op="U" if updated else "I",
                 updated_at=f"{updated or on}T12:00:00Z")
        return name

    def event(self, user, kind, on, **properties):
        self.events += 1
        self.row("events", on, event_id=f"e{self.events:04}", event_type=kind, user_id=user, occurred_at=f"{on}T15:00:{self.events % 60:02}Z",
                 properties=json.dumps(properties))

    def write(self):
        for (source, dt), rows in self.rows.items():
            into = self.folder / source / f"dt={dt}"
            into.mkdir(parents=True, exist_ok=True)
            with open(into / f"{source}.csv", "w", newline="", encoding="utf-8") as file:
                out = csv.writer(file)
                out.writerow(HEADERS[source].split())
                out.writerows(rows)


def cases(landing):
    """Writes all cases. Returns {user: what each account holds}."""
    expected = {}

    def case(user, **accounts):
        expected[user] = {account: Decimal(str(amount)) for account, amount in accounts.items() if amount}

    landing.school("s1")
    landing.school("s2")
    landing.product("p1", "1.0000")

    user = "larger_than_the_balance"
    landing.user(user)
    landing.purchase(user, "2025-02-01", 10)
    landing.event(user, "cash_out_requested", "2025-03-01", cash_out_id="c1", amount="10.01")
    case(user, funding=-10, available=10)

    user = "refused_and_paid"
    landing.user(user)
    landing.purchase(user, "2025-02-01", 10)
    landing.event(user, "cash_out_requested", "2025-03-01", cash_out_id="c2", amount="12.00")
    landing.event(user, "cash_out_paid", "2025-03-05", cash_out_id="c2", settlement_id="st1", amount="12.00", payment_ref="a")
    case(user, funding=-10, paid=12, recoverable=-2)

    user = "unknown_cash_out"
    landing.user(user)
    landing.purchase(user, "2025-02-01", 10)
    landing.event(user, "cash_out_paid", "2025-03-05", cash_out_id="nobody-asked", settlement_id="st1", amount="4.00", payment_ref="b")
    case(user, funding=-10, paid=4, available=6)

    user = "return_of_a_return"
    landing.user(user)
    landing.purchase(user, "2025-02-01", 10)
    landing.event(user, "cash_out_requested", "2025-03-01", cash_out_id="c3", amount="10.00")
    landing.event(user, "cash_out_paid", "2025-03-05", cash_out_id="c3", settlement_id="st1", amount="10.00", payment_ref="c")
    landing.event(user, "cash_out_returned", "2025-03-08", cash_out_id="c3", reason="closed")
    landing.event(user, "cash_out_returned", "2025-03-09", cash_out_id="c3", reason="closed")
    case(user, funding=-10, available=10)

    user = "clawed_back_after_payment"
    landing.user(user)
    name = landing.purchase(user, "2025-02-01", 10)
    landing.event(user, "cash_out_requested", "2025-03-01", cash_out_id="c4", amount="10.00")
    landing.event(user, "cash_out_paid", "2025-03-05", cash_out_id="c4", settlement_id="st1", amount="10.00", payment_ref="d")
    landing.event(user, "reward_clawed_back", "2025-03-20", source_type="purchase", source_id=name, amount="10.00", reason="fraud")
    case(user, funding=-10, paid=10, clawed_back=10, recoverable=-10)

    user = "clawed_back_and_recovered"
    landing.user(user)
    name = landing.purchase(user, "2025-02-01", 10)
    landing.event(user, "cash_out_requested", "2025-03-01", cash_out_id="c5", amount="10.00")
    landing.event(user, "reward_clawed_back", "2025-03-20", source_type="purchase", source_id=name, amount="10.00", reason="fraud")
    landing.purchase(user, "2025-04-01", 7)
    case(user, funding=-17, in_settlement=10, clawed_back=10, recoverable=-3)

    user = "clawed_back_while_pending"
    landing.user(user)
    name = landing.purchase(user, "2025-02-01", 10)
    landing.event(user, "reward_clawed_back", "2025-02-05", source_type="purchase", source_id=name, amount="4.00", reason="fraud")
    case(user, funding=-10, clawed_back=4, available=6)

    user = "cancelled_twice_then_paid"
    landing.user(user)
    landing.purchase(user, "2025-02-01", 10)
    landing.event(user, "cash_out_requested", "2025-03-01", cash_out_id="c6", amount="10.00")
    landing.event(user, "cash_out_cancelled", "2025-03-02", cash_out_id="c6")
    landing.event(user, "cash_out_cancelled", "2025-03-03", cash_out_id="c6")
    landing.event(user, "cash_out_paid", "2025-03-05", cash_out_id="c6", settlement_id="st1", amount="3.00", payment_ref="e")
    case(user, funding=-10, paid=3, available=7)

    user = "rejected_while_pending"
    landing.user(user)
    name = landing.purchase(user, "2025-02-01", 10)
    landing.event(user, "receipt_rejected", "2025-02-02", receipt_id=f"r-{name}", reason="unreadable")
    case(user)

    user = "rejected_after_payment"
    landing.user(user)
    name = landing.purchase(user, "2025-02-01", 10)
    landing.event(user, "cash_out_requested", "2025-03-01", cash_out_id="c7", amount="8.00")
    landing.event(user, "cash_out_paid", "2025-03-05", cash_out_id="c7", settlement_id="st1", amount="8.00", payment_ref="f")
    landing.event(user, "receipt_rejected", "2025-03-10", receipt_id=f"r-{name}", reason="too_old")
    case(user, paid=8, recoverable=-8)

    user = "corrected_three_times"
    landing.user(user)
    name = landing.purchase(user, "2025-02-01", 10)
    for on, dollars in (("2025-02-20", 4), ("2025-03-20", 6), ("2025-04-20", 5)):
        landing.purchase(user, "2025-02-01", dollars, name=name, dt=on, updated=on)
    case(user, funding=-5, available=5)

    user = "lost_lines"
    landing.user(user)
    landing.purchase(user, "2025-02-01", 10)
    landing.purchase(user, "2025-03-01", -3)
    landing.purchase(user, "2025-03-02", 0)
    case(user, funding=-7, available=7)

    user = "negative_without_a_balance"
    landing.user(user)
    landing.purchase(user, "2025-03-01", -3)
    case(user, funding=3, recoverable=-3)

    user = "expired"
    landing.user(user)
    landing.purchase(user, "2025-02-01", 10)
    landing.purchase(user, "2025-08-01", 5)
    landing.event(user, "cash_out_requested", "2025-12-01", cash_out_id="c8", amount="4.00")
    case(user, funding=-15, in_settlement=4, expired=6, available=5)

    user = "adjusted"
    landing.user(user)
    landing.event(user, "reward_adjusted", "2025-02-01", amount="3.00", reason="goodwill")
    landing.event(user, "reward_adjusted", "2025-03-01", amount="-5.00", reason="error")
    case(user, funding=2, recoverable=-2)

    user = "moved"
    landing.user(user, "s1")
    landing.purchase(user, "2025-02-01", 10)
    landing.event(user, "cash_out_requested", "2025-03-01", cash_out_id="c9", amount="4.00")
    landing.event(user, "school_changed", "2025-03-02", school_id="s2")
    case(user, funding=-10, in_settlement=4, available=6)

    user = "school_deleted"
    landing.user(user, "s3")
    landing.school("s3")
    landing.school("s3", "2025-06-01", "D")
    landing.purchase(user, "2025-02-01", 10)
    case(user, funding=-10, available=10)

    # The last day: all of the first half of 2025 but that user's has not expired for those below.
    landing.user("last")
    landing.event("last", "app_opened", LAST)
    return expected


LAST = "2026-02-03"
# These earned on 1 February 2025, so what is left expired on the last day but two.
KEEPS = {"expired"}


class HardCases(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        landing = Landing(cls.folder / "landing")
        cls.expected = cases(landing)
        landing.write()
        run(os.environ["CARTON_CAPS_PROGRAM"], PROJECT, cls.folder / "landing", cls.folder / "data")
        data = cls.folder / "data"
        cls.db = duckdb.connect(str(data / "releases" / (data / "current").read_text().strip() / "gold.duckdb"), read_only=True)
        cls.addClassCleanup(cls.db.close)
        schema = cls.db.execute("select schema_name from duckdb_tables() where table_name = 'fct_rewards'").fetchone()[0]
        cls.gold = f"{schema}."

    def holds(self, user, before="2026-02-01"):
        rows = self.db.execute(
            f"select account, sum(amount) from {self.gold}fct_rewards where user_id = ? and effective_on < ? "
            "group by account having sum(amount) <> 0",
            [user, before],
        ).fetchall()
        return dict(rows)

    def test_each_case_comes_to_what_was_reckoned_by_hand(self):
        for user, accounts in self.expected.items():
            with self.subTest(user):
                self.assertEqual(self.holds(user, "2026-03-01" if user in KEEPS else "2026-02-01"), accounts)

    def test_what_is_in_settlement_stays_with_the_school_and_the_rest_moves(self):
        rows = self.db.execute(
            f"select account, school_id, sum(amount) from {self.gold}fct_rewards "
            "where user_id = 'moved' and effective_on < '2026-02-01' and account in ('available', 'in_settlement') "
            "group by all having sum(amount) <> 0 order by all"
        ).fetchall()
        self.assertEqual(rows, [("available", "s2", Decimal(6)), ("in_settlement", "s1", Decimal(4))])

    def test_every_entry_of_an_event_or_a_change_of_school_leads_to_where_that_landed(self):
        rows = self.db.execute(
            f"select f.source_type, count(*), count(coalesce(e._file_id, c._file_id)), count(coalesce(e._row_number, c._row_number)) "
            f"from {self.gold}fct_rewards as f "
            f"left join {self.gold}fct_reward_event as e on f.source_type = 'event' and f.source_id = e.event_id "
            f"left join {self.gold}fct_school_change as c on f.source_type = 'school_change' and f.source_id = c.school_change_id "
            "where f.source_type in ('event', 'school_change') group by all order by all"
        ).fetchall()
        self.assertEqual([kind for kind, *_ in rows], ["event", "school_change"])
        for _, entries, *found in rows:
            self.assertEqual(found, [entries, entries])

    def test_the_balance_of_a_deleted_school_stays_with_it(self):
        rows = self.db.execute(
            f"select s.is_deleted, m.closing from {self.gold}agg_rewards_month_school as m "
            f"join {self.gold}dim_school as s on m.school_id = s.school_id where s.school_id = 's3' and month_on = '2025-12-01'"
        ).fetchall()
        self.assertEqual(rows, [(True, Decimal(10))])

    def test_a_return_goes_back_to_the_lot_it_came_from(self):
        rows = self.db.execute(
            f"select distinct lot_id, earned_on::text from {self.gold}fct_rewards "
            "where user_id = 'return_of_a_return' and entry_type = 'cash_out_returned'"
        ).fetchall()
        self.assertEqual(rows, [("purchase:p-return_of_a_return-2025-02-01", "2025-02-01")])

    def test_settlements_add_up_their_payments(self):
        row = self.db.execute(f"select status, amount from {self.gold}fct_settlement where settlement_id = 'st1'").fetchone()
        self.assertEqual(row, ("unannounced", Decimal("47.00")))


class Terms(unittest.TestCase):
    """Terms that cannot be are published by no run."""

    def publish(self, *rows):
        folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder, True)
        shutil.copytree(PROJECT, folder / "marts", ignore=shutil.ignore_patterns("src", "Cargo.toml"))
        seed = folder / "marts" / "seeds" / "reward_terms.csv"
        header = seed.read_text().splitlines()[0]
        seed.write_text("\n".join([header, *rows, ""]))
        landing = Landing(folder / "landing")
        landing.school("s1")
        landing.product("p1", "1.0000")
        landing.user("u1")
        landing.purchase("u1", "2025-02-01", 10)
        landing.purchase("u1", "2025-04-01", 10)
        landing.write()
        command = [os.environ["CARTON_CAPS_PROGRAM"], "pipeline", "run", "--project", folder / "marts"]
        done = subprocess.run([*command, "--landing", folder / "landing", "--data", folder / "data"], capture_output=True, text=True)
        return folder, done

    def test_two_terms_from_one_day_overlap(self):
        terms = "2000-01-01,14,365,10.00 USD,user,5.00 USD,2.50 USD,first_accepted_purchase,true,5"
        _, done = self.publish(terms, terms)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("reward_terms", done.stderr + done.stdout)

    def test_what_expires_before_it_vests(self):
        _, done = self.publish("2000-01-01,14,14,10.00 USD,user,5.00 USD,2.50 USD,first_accepted_purchase,true,5")
        self.assertNotEqual(done.returncode, 0)

    def test_terms_hold_from_their_day_and_the_first_before_it_too(self):
        folder, done = self.publish(
            "2025-01-15,14,365,10.00 USD,user,5.00 USD,2.50 USD,first_accepted_purchase,true,5",
            "2025-03-15,0,30,10.00 USD,user,5.00 USD,2.50 USD,first_accepted_purchase,true,5",
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        data = folder / "data"
        release = data / "releases" / (data / "current").read_text().strip() / "gold.duckdb"
        with duckdb.connect(str(release), read_only=True) as db:
            schema = db.execute("select schema_name from duckdb_tables() where table_name = 'reward_lots'").fetchone()[0]
            rows = db.execute(
                f"select vests_at::date - earned_on, expires_at::date - earned_on from {schema}.reward_lots order by earned_on"
            ).fetchall()
        self.assertEqual(rows, [(14, 365), (0, 30)])


if __name__ == "__main__":
    unittest.main()
