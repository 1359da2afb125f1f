"""`databricks-sql-connector` with `use_kernel=True`, the official Rust client, gets right answers from the stand-in."""

import datetime
import decimal
import unittest

from databricks import sql

from standin import served
from standin.standin import CLIENT_ID, WAREHOUSE_ID


class SqlConnector(unittest.TestCase):
    def setUp(self):
        self.standin = served.fresh()

    def connect(self, **options):
        options = options or {"access_token": self.standin.token}
        return sql.connect(server_hostname=self.standin.url, http_path=f"/sql/1.0/warehouses/{WAREHOUSE_ID}", use_kernel=True, **options)

    def test_values_of_every_type(self):
        text = "SELECT 1, 2L, 1.50, 1e0, 'Grüße', true, DATE'2026-01-02', TIMESTAMP'2026-01-02 03:04:05', NULL, x'00ff'"
        with self.connect() as connection, connection.cursor() as cursor:
            row = tuple(cursor.execute(text).fetchone())
        instant = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
        self.assertEqual(row[:7], (1, 2, decimal.Decimal("1.50"), 1.0, "Grüße", True, datetime.date(2026, 1, 2)))
        self.assertEqual(row[7].astimezone(datetime.timezone.utc), instant)
        self.assertEqual((row[8], bytes(row[9])), (None, b"\x00\xff"))

    def test_a_result_of_many_chunks_behind_links(self):
        served.control("settings", {"chunk_rows": 20_000})
        with self.connect() as connection, connection.cursor() as cursor:
            table = cursor.execute("SELECT id, CAST(id AS STRING) AS text FROM range(300000)").fetchall_arrow()
        self.assertEqual(table.num_rows, 300_000)
        self.assertEqual(table["id"].to_pylist(), list(range(300_000)))
        self.assertEqual(served.control("statements")["links"]["sent_authorization"], 0)

    def test_an_empty_result_keeps_its_columns(self):
        with self.connect() as connection, connection.cursor() as cursor:
            table = cursor.execute("SELECT id, 'a' AS text FROM range(10) WHERE id > 10").fetchall_arrow()
        self.assertEqual((table.num_rows, table.column_names), (0, ["id", "text"]))

    def test_parameters(self):
        values = {"n": 5, "day": datetime.date(2026, 1, 2), "text": "it's"}
        with self.connect() as connection, connection.cursor() as cursor:
            self.assertEqual(tuple(cursor.execute("SELECT :n + 1, :day, :text", values).fetchone()), (6, datetime.date(2026, 1, 2), "it's"))

    def test_a_bad_statement_names_its_reason(self):
        with self.connect() as connection, connection.cursor() as cursor:
            with self.assertRaisesRegex(sql.Error, "TABLE_OR_VIEW_NOT_FOUND"):
                cursor.execute("SELECT * FROM no_such_table")

    def test_a_service_principal_by_oauth(self):
        with self.connect(oauth_client_id=CLIENT_ID, oauth_client_secret=self.standin.client_secret) as connection:
            with connection.cursor() as cursor:
                self.assertEqual(tuple(cursor.execute("SELECT 1").fetchone()), (1,))
        self.assertGreaterEqual(served.control("statements")["tokens_given"], 1)

    def test_the_release_in_its_schema(self):
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*), sum(amount) FROM {self.standin.schema}.fct_purchase")
            self.assertEqual(tuple(cursor.fetchone()), (1000, decimal.Decimal("184815.00")))


if __name__ == "__main__":
    unittest.main()
