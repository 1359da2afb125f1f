"""What the interface promises, over bare HTTP: states, chunks, links, formats, cancellation, errors, counters."""

import base64
import time
import unittest
from datetime import datetime

import pyarrow as pa

from standin import served

LINKS = {"disposition": "EXTERNAL_LINKS", "format": "ARROW_STREAM"}
# Runs for minutes unless it is cancelled.
LONG = "SELECT count(*) FROM range(100000000) a CROSS JOIN range(100000) b WHERE a.id * b.id % 7 = 3"


def poll(statement_id):
    return served.call("GET", f"/api/2.0/sql/statements/{statement_id}").json


def until(statement_id, *states, seconds=20):
    """The reply of the poll that first tells one of the states."""
    deadline = time.monotonic() + seconds
    while (reply := poll(statement_id))["status"]["state"] not in states:
        if time.monotonic() > deadline:
            raise AssertionError(f"still {reply['status']} after {seconds} s")
        time.sleep(0.02)
    return reply


def idle(seconds=20):
    """Waits until Spark works on nothing; returns the counts."""
    deadline = time.monotonic() + seconds
    while (counts := served.control("statements"))["executing"] and time.monotonic() < deadline:
        time.sleep(0.05)
    return counts


class Contract(unittest.TestCase):
    def setUp(self):
        served.fresh()

    def test_pending_running_and_the_end(self):
        served.control("settings", {"cold_start_seconds": 0.3, "run_seconds": 0.3})
        served.control("warehouse", {"state": "STOPPED"})
        first = served.submit("SELECT 1", wait_timeout="0s").json
        self.assertEqual(set(first), {"statement_id", "status"})
        self.assertEqual(first["status"], {"state": "PENDING"})
        until(first["statement_id"], "RUNNING")
        self.assertEqual(until(first["statement_id"], "SUCCEEDED")["result"]["data_array"], [["1"]])

    def test_json_values_are_texts_as_databricks_writes_them(self):
        text = "SELECT 1 a, 1.50 b, 1e20D c, DOUBLE('NaN') d, true e, TIMESTAMP'2026-01-02 03:04:05.678901' f, DATE'2026-01-02' g, x'00ff' h, NULL i,"
        text += " array(1,2) j, TIMESTAMP_NTZ'2026-01-02 03:04:05' k, INTERVAL '3' MONTH l, '' m"
        reply = served.submit(text).json
        expected = ["1", "1.50", "1.0E20", "NaN", "true", "2026-01-02T03:04:05.678Z", "2026-01-02", "AP8=", None]
        self.assertEqual(reply["result"]["data_array"], [[*expected, "[1,2]", "2026-01-02T03:04:05.000", "INTERVAL '3' MONTH", ""]])
        columns = reply["manifest"]["schema"]["columns"]
        names = ["INT", "DECIMAL", "DOUBLE", "DOUBLE", "BOOLEAN", "TIMESTAMP", "DATE", "BINARY", "NULL", "ARRAY", "TIMESTAMP_NTZ", "INTERVAL", "STRING"]
        self.assertEqual([c["type_name"] for c in columns], names)
        self.assertEqual((columns[1]["type_precision"], columns[1]["type_scale"], columns[8]["type_text"]), (3, 2, "VOID"))

    def test_arrow_inline_and_by_link_is_the_same(self):
        text = "SELECT id, CAST(id AS DECIMAL(18,2)) AS d, TIMESTAMP'2026-01-02 03:04:05' AS t FROM range(3)"
        inline = served.submit(text, disposition="INLINE", format="ARROW_STREAM").json["result"]
        link = served.submit(text, **LINKS).json["result"]["external_links"][0]
        body = served.call("GET", link["external_link"], headers=link["http_headers"]).body
        table = pa.ipc.open_stream(body).read_all()
        self.assertEqual(table, pa.ipc.open_stream(base64.b64decode(inline["attachment"])).read_all())
        self.assertEqual([str(t) for t in table.schema.types], ["int64", "decimal128(18, 2)", "timestamp[us, tz=UTC]"])
        self.assertEqual(link["byte_count"], len(body))

    def test_columns_may_share_a_name(self):
        reply = served.submit("SELECT 1 AS a, 2 AS a", disposition="INLINE", format="ARROW_STREAM").json
        table = pa.ipc.open_stream(base64.b64decode(reply["result"]["attachment"])).read_all()
        self.assertEqual((table.column_names, [c.to_pylist() for c in table.columns]), (["a", "a"], [[1], [2]]))

    def test_any_chunk_in_any_order_again_and_again(self):
        served.control("settings", {"chunk_rows": 10})
        reply = served.submit("SELECT id FROM range(35)").json
        self.assertEqual([c["row_count"] for c in reply["manifest"]["chunks"]], [10, 10, 10, 5])
        for index in (3, 1, 3):
            chunk = served.call("GET", f"/api/2.0/sql/statements/{reply['statement_id']}/result/chunks/{index}").json
            self.assertEqual((chunk["chunk_index"], chunk["data_array"][0], chunk.get("next_chunk_index")), (index, [str(10 * index)], 2 if index == 1 else None))
        self.assertEqual(served.call("GET", f"/api/2.0/sql/statements/{reply['statement_id']}/result/chunks/4").status, 404)

    def test_a_link_refuses_authorization_and_asks_for_its_headers(self):
        link = served.submit("SELECT 1", **LINKS).json["result"]["external_links"][0]
        address, headers = link["external_link"], link["http_headers"]
        self.assertEqual(served.call("GET", address, headers=headers | {"Authorization": "Bearer x"}).status, 400)
        self.assertEqual(served.call("GET", address).status, 403)
        self.assertEqual(served.call("GET", address.replace("Signature=", "Signature=x"), headers=headers).status, 403)
        self.assertEqual(served.call("GET", address, headers=headers).status, 200)
        self.assertEqual(served.control("statements")["links"]["sent_authorization"], 1)

    def test_a_link_expires_and_its_chunk_gives_another(self):
        served.control("settings", {"link_seconds": 0})
        reply = served.submit("SELECT 1", **LINKS).json
        link = reply["result"]["external_links"][0]
        self.assertEqual(served.call("GET", link["external_link"], headers=link["http_headers"]).status, 403)
        served.control("settings", {"link_seconds": 60})
        link = served.call("GET", f"/api/2.0/sql/statements/{reply['statement_id']}/result/chunks/0").json["external_links"][0]
        self.assertEqual(served.call("GET", link["external_link"], headers=link["http_headers"]).status, 200)

    def test_cancelling_ends_what_spark_does(self):
        statement_id = served.submit(LONG, wait_timeout="0s").json["statement_id"]
        until(statement_id, "RUNNING")
        self.assertEqual(served.call("POST", f"/api/2.0/sql/statements/{statement_id}/cancel").json, {})
        self.assertEqual(until(statement_id, "CANCELED")["status"], {"state": "CANCELED"})
        counts = idle()
        self.assertEqual((counts["running"], counts["executing"], counts["cancelled"]), (0, 0, 1))

    def test_a_statement_is_cancelled_at_its_wait_timeout_where_that_was_asked(self):
        reply = served.submit(LONG, wait_timeout="5s", on_wait_timeout="CANCEL").json
        self.assertEqual(reply["status"]["state"], "CANCELED")
        self.assertEqual(idle()["executing"], 0)

    def test_whoever_leaves_leaves_a_statement_running_and_it_is_counted(self):
        with self.assertRaises(TimeoutError):
            served.call("POST", "/api/2.0/sql/statements", {"statement": LONG, "warehouse_id": served.WAREHOUSE_ID, "wait_timeout": "50s"}, timeout=1)
        counts = served.control("statements")
        self.assertEqual((counts["submitted"], counts["running"]), (1, 1))

    def test_a_failing_statement_is_an_answer_with_its_sqlstate(self):
        for text, state in (("SELEC 1", "42601"), ("SELECT 1/0", "22012"), ("SELECT 1/(id-5) FROM range(9)", "22012"), ("SELECT nope", "42703")):
            answer = served.submit(text)
            self.assertEqual((answer.status, answer.json["status"]["state"], answer.json["status"]["sql_state"]), (200, "FAILED", state))
        served.control("settings", {"sql_state_in": "message"})
        status = served.submit("SELECT 1/0").json["status"]
        self.assertNotIn("sql_state", status)
        self.assertIn("SQLSTATE: 22012", status["error"]["message"])

    def test_ddl_has_no_columns_and_no_chunks(self):
        served.submit("DROP TABLE IF EXISTS default.made")
        reply = served.submit("CREATE TABLE default.made AS SELECT 1 AS a").json
        self.assertEqual(reply["manifest"], {"format": "JSON_ARRAY", "schema": {"column_count": 0}, "total_chunk_count": 0})
        self.assertEqual(reply["result"], {})

    def test_an_empty_result_keeps_its_columns(self):
        reply = served.submit("SELECT 1 AS a WHERE false", **LINKS).json
        self.assertEqual((reply["manifest"]["total_row_count"], reply["manifest"]["schema"]["columns"][0]["name"]), (0, "a"))

    def test_inline_has_a_limit(self):
        served.control("settings", {"inline_bytes": 1000})
        status = served.submit("SELECT repeat('x', 2000)").json["status"]
        self.assertEqual((status["state"], "EXTERNAL_LINKS" in status["error"]["message"]), ("FAILED", True))

    def test_ten_megabytes_in_one_value(self):
        link = served.submit("SELECT repeat('ü', 5000000) AS a", **LINKS).json["result"]["external_links"][0]
        table = pa.ipc.open_stream(served.call("GET", link["external_link"], headers=link["http_headers"]).body).read_all()
        self.assertEqual(len(table["a"][0].as_py().encode()), 10_000_000)

    def test_a_disposition_that_a_warehouse_does_not_accept(self):
        served.control("settings", {"dispositions": ["INLINE+JSON_ARRAY"]})
        self.assertEqual(served.submit("SELECT 1", **LINKS).status, 400)
        self.assertEqual(served.submit("SELECT 1").status, 200)

    def test_requests_that_the_interface_refuses(self):
        refused = [
            {"wait_timeout": "3s"},
            {"wait_timeout": "51s"},
            {"wait_timeout": "0s", "on_wait_timeout": "CANCEL"},
            {"parameters": [{"name": "a", "value": "1", "type": "ARRAY<INT>"}]},
            {"parameters": [{"value": "1"}]},
            {"parameters": [{"name": "a", "value": 1}]},
            {"row_limit": 0},
            {"warehouse_id": "nonsense"},
            {"query_tags": [{"key": str(i)} for i in range(21)]},
        ]
        for body in refused:
            answer = served.submit("SELECT 1", **body)
            self.assertEqual((answer.status, answer.json["error_code"]), (400, "INVALID_PARAMETER_VALUE"), body)
        self.assertEqual(served.control("statements")["submitted"], 0)

    def test_error_codes_are_numbers_or_words(self):
        self.assertEqual(served.call("GET", "/api/2.0/sql/statements/x", token=False).json["error_code"], 401)
        wrong = served.call("GET", "/api/2.0/sql/statements/x", headers={"Authorization": "Bearer wrong"})
        self.assertEqual((wrong.status, wrong.json), (403, {"error_code": 403, "message": "Invalid access token."}))
        self.assertEqual(served.call("GET", "/api/2.0/sql/statements/x").json["error_code"], "RESOURCE_DOES_NOT_EXIST")
        served.control("settings", {"numeric_error_codes": True})
        self.assertEqual(served.call("GET", "/api/2.0/sql/statements/x").json["error_code"], 404)

    def test_a_schema_holds_for_its_statement_alone(self):
        schema = served.standin().schema
        self.assertEqual(served.submit("SELECT current_schema()", schema=schema).json["result"]["data_array"], [[schema]])
        self.assertEqual(served.submit("SELECT current_schema(), current_timezone()").json["result"]["data_array"], [["default", "UTC"]])
        self.assertEqual(served.submit("SELECT 1", schema="no_such_schema").json["status"]["sql_state"], "42704")

    def test_statements_with_the_same_text_values_and_tags_are_counted_as_repeated(self):
        for tag in ("a", "a", "b"):
            served.submit("SELECT 1", query_tags=[{"key": "request", "value": tag}])
        self.assertEqual(served.control("statements")["repeated"], 1)

    def test_a_token_of_oauth_ends(self):
        basic = base64.b64encode(f"{served.CLIENT_ID}:{served.standin().client_secret}".encode()).decode()
        form = b"grant_type=client_credentials&scope=all-apis"
        given = served.call("POST", "/oidc/v1/token", form, {"Authorization": f"Basic {basic}"}, token=False).json
        self.assertEqual((given["token_type"], given["expires_in"]), ("Bearer", 3600))
        mine = {"Authorization": f"Bearer {given['access_token']}"}
        self.assertEqual(served.call("GET", "/api/2.0/sql/warehouses", headers=mine).status, 200)
        served.control("expire-tokens", {})
        self.assertEqual(served.call("GET", "/api/2.0/sql/warehouses", headers=mine).status, 401)
        self.assertEqual(served.call("POST", "/oidc/v1/token", form, {"Authorization": "Basic eDp5"}, token=False).status, 401)

    def test_the_clock_can_be_wrong(self):
        served.control("settings", {"clock_skew_seconds": -300})
        link = served.submit("SELECT 1", **LINKS).json["result"]["external_links"][0]
        self.assertLess(datetime.fromisoformat(link["expiration"]).timestamp() - time.time(), 610)
        self.assertEqual(served.call("GET", link["external_link"], headers=link["http_headers"]).status, 200)


if __name__ == "__main__":
    unittest.main()
