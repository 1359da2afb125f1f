"""The reading of both sides' answers sees what differs, and undoes only what MetricFlow means otherwise."""

import ast
import datetime
import decimal
import unittest

import reading
from catalogue import calculated
from questions import Question

JANUARY, MARCH = datetime.date(2025, 1, 1), datetime.date(2025, 3, 31)
OBSERVED = (datetime.date(2025, 2, 10), datetime.date(2026, 1, 1))


class Figures:
    """A catalogue of a sum, `spend`, a quotient, `basket`, a balance, `held`, and `gross`, which is `spend + discount`."""

    def is_quotient(self, name):
        return name == "basket"

    def is_additive(self, name):
        return name in ("spend", "gross")

    def is_balance(self, name):
        return name == "held"

    def derived(self, name):
        return ["gross"] if name == "gross" else []

    def figure(self, name, parts):
        return sum(parts[part] or 0 for part in ("spend", "discount"))


def asked(metrics=("spend",), grain=None, first=JANUARY, last=MARCH):
    return Question(list(metrics), [], grain, first, last)


class Reading(unittest.TestCase):
    def differences(self, frame_rows, their_rows, question):
        names = [key.ours for key in question.keys()] + question.metrics
        frame = {"columns": [{"name": name} for name in names], "rows": frame_rows}
        theirs = reading.theirs(their_rows, question, Figures(), OBSERVED)
        return reading.differences(reading.ours(frame, question), theirs, Figures())

    def test_a_sum_of_nothing_is_zero_and_a_quotient_of_nothing_is_no_figure(self):
        question = asked(("spend", "basket"))
        self.assertEqual(self.differences([[{"m": "0.00"}, "n"]], [{"spend": None, "basket": None}], question), [])
        self.assertEqual(len(self.differences([["n", {"m": "0"}]], [{"spend": None, "basket": None}], question)), 2)

    def test_a_month_without_rows_is_zero_and_one_before_the_first_day_is_unknown(self):
        question = asked(grain="month")
        theirs = [{"metric_time__month": datetime.date(2025, 2, 1), "spend": decimal.Decimal("1.50")}]
        months = [{"d": "2025-01-01"}, {"d": "2025-02-01"}, {"d": "2025-03-01"}]
        self.assertEqual(self.differences([[months[0], "n"], [months[1], {"m": "1.50"}], [months[2], {"i": 0}]], theirs, question), [])
        self.assertEqual(len(self.differences([[months[0], {"i": 0}], [months[1], {"m": "1.50"}]], theirs, question)), 2)

    def test_a_cent_is_a_difference_in_a_sum_of_millions_and_a_rounded_double_is_none_in_a_quotient(self):
        question = asked(("spend", "basket"))
        theirs = [{"spend": decimal.Decimal("12345678901234.56"), "basket": 1 / 3}]
        third = {"m": "0.3333333333333333333333333333"}
        self.assertEqual(self.differences([[{"m": "12345678901234.56"}, third]], theirs, question), [])
        self.assertEqual(len(self.differences([[{"m": "12345678901234.57"}, third]], theirs, question)), 1)
        self.assertEqual(len(self.differences([[{"m": "12345678901234.56"}, {"m": "0.3334"}]], theirs, question)), 1)

    def test_a_group_of_either_range_is_there_and_a_comparison_needs_all_its_days(self):
        question = asked(first=datetime.date(2025, 6, 1), last=datetime.date(2025, 6, 30))
        question.compare = "prior_period"
        now, before = {("OH",): {"spend": 5}}, {("PA",): {"spend": 7}}
        found = reading.compared(now, before, question, Figures(), OBSERVED)
        self.assertEqual(found, {("OH",): {"spend": 5, "spend__prior": 0}, ("PA",): {"spend": 0, "spend__prior": 7}})
        question.compare = "prior_year"
        found = reading.compared(now, {}, question, Figures(), OBSERVED)
        self.assertEqual(found, {("OH",): {"spend": 5, "spend__prior": None}})

    def test_a_threshold_leaves_out_what_is_below_it_or_has_no_figure(self):
        question = asked(("basket",), grain="day", first=OBSERVED[0], last=OBSERVED[0] + datetime.timedelta(days=2))
        question.least = ("basket", "7.5")
        days = [question.first + datetime.timedelta(days=n) for n in range(3)]
        theirs = [{"metric_time__day": day, "basket": value} for day, value in zip(days, (7.0, 8.0, None))]
        self.assertEqual(self.differences([[{"d": days[1].isoformat()}, {"m": "8.00"}]], theirs, question), [])

    def test_arithmetic_over_a_part_without_rows_takes_it_for_zero(self):
        question = asked(("gross",))
        question.parts = ["discount", "spend"]
        theirs = [{"gross": None, "spend": 5, "discount": None}]
        self.assertEqual(self.differences([[{"i": 5}]], theirs, question), [])
        self.assertEqual(len(self.differences([[{"i": 0}]], theirs, question)), 1)

    def test_a_group_without_a_row_of_the_last_day_is_there_with_nothing(self):
        mine = {("OH",): {"held": 5}, ("PA",): {"held": 0}, ("KY",): {"held": 7}}
        other = {("OH",): {"held": 5}}
        found = reading.with_earlier(mine, other, asked(("held",)), Figures())
        self.assertEqual(found, {("OH",): {"held": 5}, ("PA",): {"held": 0}})
        self.assertEqual(reading.with_earlier(mine, other, asked(("spend",)), Figures()), other)

    def test_an_expression_is_worked_out_as_it_is_written(self):
        calculate = lambda text, **called: calculated(ast.parse(text, mode="eval").body, called)
        self.assertEqual(calculate("-(a - b) * 2 + c", a=1, b=4, c=decimal.Decimal("0.5")), decimal.Decimal("6.5"))
        self.assertEqual(calculate("a / b * 100", a=decimal.Decimal(1), b=4), 25)
        self.assertIsNone(calculate("a / b", a=1, b=0))
        self.assertIsNone(calculate("a + b", a=1, b=None))

    def test_a_row_too_many_on_either_side(self):
        question = asked(grain="day", first=OBSERVED[0], last=OBSERVED[0] + datetime.timedelta(days=1))
        day = {"d": question.first.isoformat()}
        theirs = [{"metric_time__day": question.first, "spend": 5}]
        self.assertEqual(len(self.differences([[day, {"i": 5}]], theirs, question)), 1)
        with self.assertRaises(ValueError):
            self.differences([[day, {"i": 5}], [day, {"i": 5}]], theirs, question)

    def test_which_of_the_rows_without_any_come_last_of_the_first_ones_is_left_open(self):
        one, other = {(1,): {"spend": 5}, (2,): {"spend": 0}}, {(1,): {"spend": 5}, (3,): {"spend": 0}}
        self.assertEqual(reading.differences(one, other, Figures(), "spend"), [])
        self.assertEqual(len(reading.differences(one, other, Figures())), 2)
        self.assertEqual(len(reading.differences(one, {(1,): {"spend": 5}, (3,): {"spend": 1}}, Figures(), "spend")), 2)
        self.assertEqual(len(reading.differences(one, {(1,): {"spend": 5}}, Figures(), "spend")), 1)

    def test_periods_begin_where_ours_do(self):
        firsts = {grain: next(reading.periods(datetime.date(2025, 8, 14), MARCH.replace(year=2026), grain)) for grain in ("week", "quarter", "year")}
        self.assertEqual(firsts, {"week": datetime.date(2025, 8, 11), "quarter": datetime.date(2025, 7, 1), "year": datetime.date(2025, 1, 1)})
        self.assertEqual(len(list(reading.periods(JANUARY, MARCH, "month"))), 3)
        self.assertEqual(len(list(reading.periods(datetime.date(2024, 11, 5), datetime.date(2025, 2, 1), "quarter"))), 2)


if __name__ == "__main__":
    unittest.main()
