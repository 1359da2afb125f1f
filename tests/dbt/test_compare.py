"""The comparison sees every way in which two tables can differ."""

import unittest

import duckdb

import compare

ROWS = "(values (1, 'a', 10.00), (2, 'b', 20.00), (3, null, 30.00)) as t(id, name, amount)"


class Compare(unittest.TestCase):
    def differences(self, theirs):
        with duckdb.connect() as db:
            db.execute(f"create table ours as select *, now() as _ingested_at, 1 as _changed_seq from {ROWS}")
            db.execute(f"create table theirs as {theirs}")
            return compare.differences(db, "ours", "theirs")

    def test_the_same_rows_in_any_order_with_other_columns_of_the_run_are_the_same(self):
        self.assertEqual(self.differences(f"select *, 2 as _changed_seq, 5 as _load_seq from {ROWS} order by id desc"), (3, []))

    def test_a_lost_row(self):
        _, found = self.differences(f"select * from {ROWS} where id <> 2")
        self.assertIn("3 rows, dbt's 2", found)
        self.assertIn("only ours: {'id': '2', 'name': 'b', 'amount': '20.00'}", found)

    def test_a_row_that_is_there_twice(self):
        _, found = self.differences(f"select * from {ROWS} union all select * from {ROWS} where id = 1")
        self.assertIn("3 rows, dbt's 4", found)
        self.assertIn("only dbt's: {'id': '1', 'name': 'a', 'amount': '10.00'}", found)

    def test_another_value(self):
        _, found = self.differences(f"select * replace (if(id = 1, 10.01, amount)::decimal(4,2) as amount) from {ROWS}")
        self.assertEqual(found[0], "amount: other values")

    def test_a_value_for_a_null(self):
        _, found = self.differences(f"select * replace (coalesce(name, 'c') as name) from {ROWS}")
        self.assertEqual(found[0], "name: 1 NULLs, dbt's 0")

    def test_values_that_changed_rows(self):
        _, found = self.differences(f"select * replace (case id when 1 then 20.00 when 2 then 10.00 else amount end as amount) from {ROWS}")
        self.assertEqual(found[0], "the same values in each column, in other rows")

    def test_a_column_of_one_side_and_one_of_another_type(self):
        _, found = self.differences(f"select id, amount::decimal(18, 4) as amount, 'x' as extra from {ROWS}")
        self.assertIn("only ours has the column name", found)
        self.assertIn("only dbt's has the column extra", found)
        self.assertIn("amount is DECIMAL(4,2), dbt's DECIMAL(18,4)", found)


if __name__ == "__main__":
    unittest.main()
