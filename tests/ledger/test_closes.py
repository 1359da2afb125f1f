"""Closing months of the ledger, and what speaks against it: small books reckoned by hand, through the command line.

The program is named by the environment: CARTON_CAPS_PROGRAM.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from decimal import Decimal
from pathlib import Path

import duckdb

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from agreement import REPOSITORY  # noqa: E402
from test_hard_cases import Landing  # noqa: E402


class Books(unittest.TestCase):
    """A data folder of its own for each test, with a school, a product of a dollar and the users a and b."""

    project = REPOSITORY / "marts"

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.data = self.folder / "data"
        self.landing = Landing(self.folder / "landing")
        self.landing.school("s1")
        self.landing.product("p1", "1.0000")
        for user in ("a", "b"):
            self.landing.user(user)

    def call(self, *words):
        command = [os.environ["CARTON_CAPS_PROGRAM"], *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def land(self):
        self.landing.write()
        self.landing.rows.clear()

    def try_run(self, *flags):
        self.land()
        words = ["pipeline", "run", "--json", "--project", self.project, "--landing", self.folder / "landing", "--data", self.data]
        return self.call(*words, *flags)

    def run_it(self, *flags):
        done = self.try_run(*flags)
        self.assertIn(done.returncode, (0, 3), done.stderr[-3000:])
        return json.loads(done.stdout)

    def period(self, command, *words):
        project = ["--project", self.project] if command == "close" else []
        by = ["--by", "ann"] if command != "list" else []
        return self.call("period", command, *words, "--data", self.data, "--json", *project, *by)

    def close(self, period, *words):
        done = self.period("close", period, *words)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        return json.loads(done.stdout)

    def refused(self, done, *words):
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        said = [line for line in done.stderr.splitlines() if line.startswith("carton-caps:")]
        self.assertEqual(len(said), 1, done.stderr)
        for word in words:
            self.assertIn(word, said[0])

    def ask(self, sql):
        path = self.data / "releases" / (self.data / "current").read_text().strip() / "gold.duckdb"
        with duckdb.connect(str(path), read_only=True) as db:
            db.execute("set timezone = 'UTC'")
            return db.execute(sql).fetchall()

    def accrued(self, user):
        """{period: (what took effect in it, what took effect before)} of a user's accruals."""
        rows = self.ask(
            "select period, coalesce(sum(amount) filter (strftime(effective_on, '%Y-%m') = period), 0), "
            "coalesce(sum(amount) filter (strftime(effective_on, '%Y-%m') < period), 0) from fct_rewards "
            f"where user_id = '{user}' and account = 'pending' and line_type = 'accrual' group by 1 order by 1"
        )
        return {period: (int(own), int(prior)) for period, own, prior in rows}

    def owed(self, user):
        owed = "account in ('pending', 'available', 'in_settlement')"
        return self.ask(f"select sum(amount) from fct_rewards where user_id = '{user}' and {owed}")[0][0]


class Corrections(Books):
    def month(self, day):
        """A day of the next month lands, with a purchase of b."""
        self.landing.purchase("b", day, 1)
        self.run_it()

    def test_a_purchase_that_is_corrected_three_times_across_closes(self):
        name = self.landing.purchase("a", "2025-01-10", 10)
        self.month("2025-02-05")
        closed = [self.close("2025-01")]
        for period, on, dollars, after in (
            ("2025-02", "2025-02-20", 4, "2025-03-05"),
            ("2025-03", "2025-03-20", 6, "2025-04-05"),
            ("2025-04", "2025-04-20", 5, "2025-05-05"),
        ):
            self.landing.purchase("a", "2025-01-10", dollars, name=name, dt=on, updated=on)
            self.month(after)
            self.assertEqual(self.owed("a"), dollars)
            closed.append(self.close(period))
        self.month("2025-05-06")
        self.assertEqual(self.accrued("a"), {"2025-01": (10, 0), "2025-02": (0, -6), "2025-03": (0, 2), "2025-04": (0, -1)})
        self.assertEqual([Decimal(close["owed"]) for close in closed], [10, 5, 8, 8])
        rows = self.ask(
            "select period, entry_type, line_type, posting, revision, amount::int, reverses_entry_id, posted_at::date::text from fct_rewards "
            "where user_id = 'a' and account = 'pending' and line_type = 'accrual' order by revision, amount"
        )
        entry = f"accrual:purchase:{name}/pending/purchase:{name}/s1"
        self.assertEqual(
            rows,
            [
                ("2025-01", "accrual", "accrual", "first", 0, 10, None, "2025-01-10"),
                ("2025-02", "reversal", "accrual", "reversal", 1, -10, entry, "2025-02-20"),
                ("2025-02", "accrual", "accrual", "again", 1, 4, None, "2025-02-20"),
                ("2025-03", "reversal", "accrual", "reversal", 2, -4, f"again:1:{entry}", "2025-03-20"),
                ("2025-03", "accrual", "accrual", "again", 2, 6, None, "2025-03-20"),
                ("2025-04", "reversal", "accrual", "reversal", 3, -6, f"again:2:{entry}", "2025-04-20"),
                ("2025-04", "accrual", "accrual", "again", 3, 5, None, "2025-04-20"),
            ],
        )
        self.assertTrue(self.run_it("--full-refresh")["confirmed"])

    def test_corrections_between_two_closes_are_posted_as_they_end(self):
        name = self.landing.purchase("a", "2025-01-10", 10)
        self.month("2025-02-05")
        self.close("2025-01")
        for on, dollars in (("2025-02-10", 4), ("2025-02-12", 6), ("2025-03-03", 10)):
            self.landing.purchase("a", "2025-01-10", dollars, name=name, dt=on, updated=on)
            self.run_it()
        # It is again what was closed, so there is nothing to post.
        self.assertEqual(self.accrued("a"), {"2025-01": (10, 0)})
        self.landing.purchase("a", "2025-01-10", 7, name=name, dt="2025-03-04", updated="2025-03-04")
        self.month("2025-03-05")
        self.assertEqual(self.accrued("a"), {"2025-01": (10, 0), "2025-02": (0, -3)})
        self.assertTrue(self.run_it("--full-refresh")["confirmed"])

    def test_what_vanishes_is_reversed_and_what_comes_back_is_posted_again(self):
        name = self.landing.purchase("a", "2025-01-10", 10)
        self.month("2025-02-05")
        self.close("2025-01")
        self.landing.purchase("a", "2025-01-10", 0, name=name, dt="2025-02-20", updated="2025-02-20")
        self.month("2025-03-05")
        self.close("2025-02")
        self.landing.purchase("a", "2025-01-10", 10, name=name, dt="2025-03-20", updated="2025-03-20")
        self.month("2025-04-05")
        self.assertEqual(self.accrued("a"), {"2025-01": (10, 0), "2025-02": (0, -10), "2025-03": (0, 10)})
        self.assertTrue(self.run_it("--full-refresh")["confirmed"])

    def test_a_late_purchase_is_a_prior_period_line_at_its_own_moment(self):
        self.landing.purchase("a", "2025-01-10", 10)
        self.month("2025-02-05")
        self.close("2025-01")
        self.landing.purchase("a", "2025-01-20", 3, dt="2025-02-08")
        self.month("2025-03-05")
        self.assertEqual(self.accrued("a"), {"2025-01": (10, 0), "2025-02": (0, 3)})
        months = self.ask("select month_on::text, accrued::int, prior_accrued::int, closing::int from agg_rewards_month_school order by 1")
        self.assertEqual(months, [("2025-01-01", 10, 0, 10), ("2025-02-01", 1, 3, 14), ("2025-03-01", 1, 0, 15)])
        late = "select effective_on::text, posted_at::date::text from fct_rewards where source_id = 'p-a-2025-01-20' and entry_type = 'accrual'"
        self.assertEqual(set(self.ask(late)), {("2025-01-20", "2025-02-08")})

    def test_a_month_that_is_reopened_takes_what_became_known_and_is_closed_again(self):
        self.landing.purchase("a", "2025-01-10", 10)
        name = self.landing.purchase("a", "2025-01-11", 5)
        self.month("2025-02-05")
        first = self.close("2025-01")
        self.landing.purchase("a", "2025-01-20", 3, dt="2025-02-08")
        self.landing.purchase("a", "2025-01-11", 1, name=name, dt="2025-02-08", updated="2025-02-08")
        self.run_it()
        self.assertEqual(self.accrued("a"), {"2025-01": (15, 0), "2025-02": (0, -1)})
        done = self.period("reopen", "2025-01", "--reason", "the auditors ask")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.refused(self.period("close", "2025-01"), "built before", "pipeline run")
        self.run_it()
        self.assertEqual(self.accrued("a"), {"2025-01": (14, 0)})
        state = "select state, reason, reopened_by, times_closed from accounting_periods where period = '2025-01'"
        self.assertEqual(self.ask(state), [("reopened", "the auditors ask", "ann", 1)])
        self.assertTrue(self.run_it("--full-refresh")["confirmed"])
        self.assertEqual((self.data / "closes" / "2025-01.reopened-1" / "ledger.sha256").read_text().split()[0], first["sha256"])
        again = self.close("2025-01")
        self.assertEqual(Decimal(again["owed"]), 14)
        self.run_it()
        self.assertEqual(self.ask(state), [("closed", None, None, 2)])

    def test_a_release_that_was_turned_back_is_carried_on_with_all_that_is_closed(self):
        name = self.landing.purchase("a", "2025-01-10", 10)
        self.month("2025-02-05")
        early = (self.data / "current").read_text()
        self.close("2025-01")
        self.landing.purchase("a", "2025-01-10", 4, name=name, dt="2025-02-20", updated="2025-02-20")
        self.month("2025-03-05")
        self.close("2025-02")
        self.run_it()
        (self.data / "current").write_text(early)
        self.landing.purchase("a", "2025-01-10", 6, name=name, dt="2025-03-20", updated="2025-03-20")
        self.assertEqual(self.run_it()["mode"], "delta")
        self.assertEqual(self.accrued("a"), {"2025-01": (10, 0), "2025-02": (0, -6), "2025-03": (0, 2)})
        self.assertTrue(self.run_it("--full-refresh")["confirmed"])


class Refusals(Books):
    def setUp(self):
        super().setUp()
        self.landing.purchase("a", "2025-01-10", 10)
        self.landing.purchase("a", "2025-02-10", 10)
        self.landing.purchase("b", "2025-03-05", 1)

    def test_months_are_closed_one_after_the_other_once_they_are_over(self):
        self.land()
        self.refused(self.period("close", "2025-01"), "nothing has been published")
        self.run_it()
        self.refused(self.period("close", "2025-02"), "2025-01 is still open", "nothing was closed")
        self.refused(self.period("close", "2024-12"), "the ledger begins after 2024-12")
        self.close("2025-01")
        self.refused(self.period("close", "2025-01"), "was closed on", "by ann")
        # Another one from the same release, which holds what was closed.
        self.close("2025-02")
        self.refused(self.period("close", "2025-03"), "2025-03 is not over", "2025-03-05")
        self.refused(self.period("reopen", "2025-01", "--reason", "x"), "2025-02 is closed after 2025-01")
        self.refused(self.period("reopen", "2025-03", "--reason", "x"), "2025-03 is not closed")
        states = [(p["period"], p["state"]) for p in json.loads(self.period("list").stdout)]
        self.assertEqual(states, [("2025-01", "closed"), ("2025-02", "closed"), ("2025-03", "open")])
        # Models that were made without the closes do not fit those that are made with them.
        self.refused(self.try_run("--select", "fct_rewards"), "a period was closed or reopened since", "without --select")
        self.run_it()
        states = "select period, state, closed_by, entries > 0 from accounting_periods order by 1"
        self.assertEqual(
            self.ask(states),
            [("2025-01", "closed", "ann", True), ("2025-02", "closed", "ann", True), ("2025-03", "open", None, True)],
        )
        self.assertEqual(json.loads(self.try_run().stdout)["mode"], "nothing")

    def test_a_command_that_lacks_a_reason_is_not_understood(self):
        for words in (["reopen", "2025-01"], ["reopen", "2025-01", "--reason", " "], ["close", "2025-1"], ["close", "2025-01", "--allow-quarantined"]):
            self.assertEqual(self.period(*words).returncode, 2, words)

    def test_rewards_that_are_held_back_must_be_allowed_for_with_a_reason(self):
        self.landing.purchase("nobody", "2025-01-11", 4)
        self.run_it()
        self.refused(self.period("close", "2025-01"), "1 rows of 2025-01 are held back", "4.0000", "--allow-quarantined")
        close = self.close("2025-01", "--allow-quarantined", "--reason", "the user never signed up")
        self.assertEqual((close["quarantined_rows"], close["quarantined_amount"]), (1, "4.0000"))
        self.run_it()
        sql = "select reason, quarantined_rows, quarantined_amount from accounting_periods where period = '2025-01'"
        self.assertEqual(self.ask(sql), [("the user never signed up", 1, Decimal("4.0000"))])
        # Once the user lands, the purchase is posted to the month that is open.
        self.landing.row("users", "2025-03-06", user_id="nobody", email="n@example.com", signed_up_at="2025-01-01T00:00:00Z", state="NY",
                         channel="organic", school_id="s1", op="I", updated_at="2025-01-01T00:00:00Z")
        self.run_it()
        self.assertEqual(self.accrued("nobody"), {"2025-02": (0, 4)})

    def test_an_assertion_that_does_not_hold_or_was_not_checked(self):
        self.run_it()
        own = self.folder / "marts"
        shutil.copytree(self.project, own, ignore=shutil.ignore_patterns("src", "Cargo.toml"))
        (own / "tests" / "nobody_is_called_a.sql").write_text("select * from {{ ref('fct_rewards') }} where user_id = 'a'")
        self.project = own
        self.refused(self.period("close", "2025-01"), "nobody_is_called_a was not checked")
        done = self.try_run()
        self.assertEqual(done.returncode, 1)
        self.refused(self.period("close", "2025-01"), "nobody_is_called_a does not hold", "nothing was closed")
        (own / "tests" / "nobody_is_called_a.sql").unlink()
        self.run_it()
        shutil.rmtree(self.data / "ops" / "contract_results")
        self.refused(self.period("close", "2025-01"), "was not checked on release")
        self.run_it("--full-refresh")
        self.close("2025-01")

    def test_a_close_that_is_killed_has_closed_the_month_or_not(self):
        self.run_it()
        command = [os.environ["CARTON_CAPS_PROGRAM"], "period", "close", "2025-01", "--data", self.data, "--project", self.project]
        started = time.monotonic()
        self.close("2025-01")
        took = time.monotonic() - started
        found = set()
        for part in (1, 3, 5, 7, 15):
            self.period("reopen", "2025-01", "--reason", "again")
            self.run_it()
            close = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                close.wait(took * part / 10)
            except subprocess.TimeoutExpired:
                close.kill()
            close.wait()
            state = json.loads(self.period("list").stdout)[0]["state"]
            found.add(state)
            if state == "reopened":
                self.close("2025-01")
            self.assertFalse(list((self.data / "closes").glob(".closing-*")))
        # The run holds what is closed against its hash.
        self.run_it()
        self.assertEqual(self.ask("select state from accounting_periods where period = '2025-01'"), [("closed",)])
        self.assertEqual(found, {"closed", "reopened"})

    def test_entries_that_were_tampered_with_publish_nothing(self):
        self.run_it()
        self.close("2025-01")
        ledger = self.data / "closes" / "2025-01" / "ledger.parquet"
        kept, release = ledger.read_bytes(), (self.data / "current").read_text()
        with duckdb.connect() as db:
            db.execute(f"copy (select * replace (amount + 1 as amount) from '{ledger}') to '{ledger}.new'")
        os.replace(f"{ledger}.new", ledger)
        self.landing.purchase("b", "2025-03-06", 1)
        self.refused(self.try_run(), "2025-01 is not as it was closed", str(ledger), "nothing was published")
        self.assertEqual((self.data / "current").read_text(), release)
        ledger.unlink()
        self.refused(self.try_run(), "2025-01 has lost its entries")
        os.rename(self.data / "closes", self.data / "elsewhere")
        self.refused(self.try_run(), "2025-01 was closed", "is missing")
        os.rename(self.data / "elsewhere", self.data / "closes")
        ledger.write_bytes(kept)
        self.run_it()
        self.assertNotEqual((self.data / "current").read_text(), release)


if __name__ == "__main__":
    unittest.main()
