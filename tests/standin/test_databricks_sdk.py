"""The official `databricks-sdk` finds in the stand-in what it finds in a workspace."""

import base64
import io
import time
import unittest
import urllib.request

import pyarrow as pa
import pyarrow.parquet
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import DatabricksError, NotFound, PermissionDenied
from databricks.sdk.service import sql

from standin import served
from standin.standin import CLIENT_ID, WAREHOUSE_ID

class DatabricksSdk(unittest.TestCase):
    def setUp(self):
        self.standin = served.fresh()
        self.client = WorkspaceClient(host=self.standin.url, token=self.standin.token)
        self.statements = self.client.statement_execution

    def run_sql(self, text, **options):
        return self.statements.execute_statement(text, WAREHOUSE_ID, wait_timeout="30s", **options)

    def rows(self, reply):
        """The rows of a reply, whatever its disposition, chunk by chunk."""
        rows, result = [], reply.result
        while result is not None:
            following = result.next_chunk_index
            if result.external_links:
                for link in result.external_links:
                    with urllib.request.urlopen(urllib.request.Request(link.external_link, headers=link.http_headers)) as body:
                        rows += pa.ipc.open_stream(body.read()).read_all().to_pylist()
                    following = link.next_chunk_index
            elif getattr(result, "attachment", None):
                rows += pa.ipc.open_stream(base64.b64decode(result.attachment)).read_all().to_pylist()
            else:
                rows += result.data_array or []
            result = None if following is None else self.statements.get_statement_result_chunk_n(reply.statement_id, following)
        return rows

    def test_a_token_of_oauth_for_a_service_principal(self):
        client = WorkspaceClient(host=self.standin.url, client_id=CLIENT_ID, client_secret=self.standin.client_secret)
        reply = client.statement_execution.execute_statement("SELECT 1", WAREHOUSE_ID)
        self.assertEqual(reply.result.data_array, [["1"]])
        self.assertEqual(served.control("statements")["tokens_given"], 1)

    def test_a_wrong_token_is_refused(self):
        with self.assertRaises(PermissionDenied):
            WorkspaceClient(host=self.standin.url, token="dapi-wrong").statement_execution.execute_statement("SELECT 1", WAREHOUSE_ID)

    def test_links_give_all_chunks_in_order(self):
        served.control("settings", {"chunk_rows": 100, "links_per_reply": 3})
        reply = self.run_sql("SELECT id FROM range(1000)", disposition=sql.Disposition.EXTERNAL_LINKS, format=sql.Format.ARROW_STREAM)
        self.assertEqual(reply.manifest.total_chunk_count, 10)
        self.assertEqual([row["id"] for row in self.rows(reply)], list(range(1000)))

    def test_inline_json_gives_all_chunks_in_order(self):
        served.control("settings", {"chunk_rows": 400})
        reply = self.run_sql("SELECT id FROM range(1000)")
        self.assertEqual([row[0] for row in self.rows(reply)], [str(i) for i in range(1000)])

    def test_typed_parameters(self):
        parameters = [
            sql.StatementParameterListItem("day", "DATE", "2026-01-02"),
            sql.StatementParameterListItem("amount", "DECIMAL(10,2)", "1.50"),
            sql.StatementParameterListItem("n", "BIGINT", "7"),
            sql.StatementParameterListItem("text", None, "it's :day"),
            sql.StatementParameterListItem("nothing", "INT"),
        ]
        reply = self.run_sql("SELECT :day AS a, :amount AS b, :n AS c, :text AS d, :nothing AS e, ':day' AS f, '1'::INT AS g", parameters=parameters)
        self.assertEqual(reply.result.data_array, [["2026-01-02", "1.50", "7", "it's :day", None, ":day", "1"]])
        self.assertEqual([c.type_text for c in reply.manifest.schema.columns], ["DATE", "DECIMAL(10,2)", "BIGINT", "STRING", "INT", "STRING", "INT"])

    def test_a_row_limit_says_that_it_truncated(self):
        cut, whole = (self.run_sql("SELECT id FROM range(10)", row_limit=limit) for limit in (4, 10))
        self.assertEqual((cut.manifest.total_row_count, cut.manifest.truncated), (4, True))
        self.assertEqual((whole.manifest.total_row_count, whole.manifest.truncated), (10, False))

    def test_a_bad_statement_fails_with_its_sqlstate(self):
        reply = self.run_sql("SELECT * FROM no_such_table")
        self.assertEqual(reply.status.state, sql.StatementState.FAILED)
        self.assertEqual(reply.status.error.error_code, sql.ServiceErrorCode.BAD_REQUEST)
        self.assertIn("[TABLE_OR_VIEW_NOT_FOUND]", reply.status.error.message)
        self.assertIn("SQLSTATE: 42P01", reply.status.error.message)

    def test_a_warehouse_starts_when_a_statement_comes(self):
        served.control("settings", {"cold_start_seconds": 1})
        served.control("warehouse", {"state": "STOPPED"})
        self.assertEqual(self.client.warehouses.get(WAREHOUSE_ID).state, sql.State.STOPPED)
        reply = self.statements.execute_statement("SELECT 1", WAREHOUSE_ID, wait_timeout="0s")
        self.assertEqual(reply.status.state, sql.StatementState.PENDING)
        self.assertEqual(self.client.warehouses.get(WAREHOUSE_ID).state, sql.State.STARTING)
        while (reply := self.statements.get_statement(reply.statement_id)).status.state == sql.StatementState.PENDING:
            time.sleep(0.05)
        self.assertEqual(self.client.warehouses.get(WAREHOUSE_ID).state, sql.State.RUNNING)

    def test_a_warehouse_can_be_started_and_waited_for(self):
        served.control("settings", {"cold_start_seconds": 0.2})
        served.control("warehouse", {"state": "STOPPED"})
        self.assertEqual(self.client.warehouses.start_and_wait(WAREHOUSE_ID).state, sql.State.RUNNING)

    def test_an_unknown_statement_is_not_found(self):
        with self.assertRaises(NotFound):
            self.statements.get_statement("01ef0000-0000-0000-0000-000000000000")

    def test_an_unknown_warehouse_is_refused(self):
        with self.assertRaises(DatabricksError):
            self.statements.execute_statement("SELECT 1", "0000000000000000")

    def test_parquet_in_a_volume_becomes_a_table(self):
        sink = io.BytesIO()
        pa.parquet.write_table(pa.table({"a": [1, 2, 3]}), sink)
        self.client.files.upload("/Volumes/main/push/files/t.parquet", io.BytesIO(sink.getvalue()), overwrite=True)
        self.assertEqual(self.client.files.download("/Volumes/main/push/files/t.parquet").contents.read(), sink.getvalue())
        self.run_sql("CREATE SCHEMA IF NOT EXISTS push")
        made = self.run_sql("CREATE TABLE t AS SELECT * FROM parquet.`/Volumes/main/push/files/t.parquet`", schema="push")
        self.assertEqual((made.status.state, made.manifest.total_chunk_count), (sql.StatementState.SUCCEEDED, 0))
        self.assertEqual(self.run_sql("SELECT sum(a) FROM push.t").result.data_array, [["6"]])
        self.run_sql("DROP SCHEMA push CASCADE")

    def test_the_release_and_the_pointer(self):
        found = self.run_sql("SELECT r.schema_name, r.business_date, r.zone FROM carton_caps.current_release JOIN carton_caps.releases r USING (release_id)")
        self.assertEqual(found.result.data_array, [[self.standin.schema, "2026-11-22", "America/New_York"]])
        total = self.run_sql("SELECT count(*), sum(amount), max(purchased_at) FROM fct_purchase", schema=self.standin.schema)
        self.assertEqual(total.result.data_array, [["1000", "184815.00", "2026-01-01T12:16:39.000Z"]])


if __name__ == "__main__":
    unittest.main()
