"""Each fault is what its name says, befalls the call it was armed for, and is over after its times."""

import http.client
import time
import unittest

import pyarrow as pa

from standin import served

LINKS = {"disposition": "EXTERNAL_LINKS", "format": "ARROW_STREAM"}
BROKEN = (ConnectionError, http.client.HTTPException)


def arm(fault, on, **options):
    served.control("faults", {"fault": fault, "on": on} | options)


class Faults(unittest.TestCase):
    def setUp(self):
        served.fresh()

    def poll(self, statement_id, **options):
        return served.call("GET", f"/api/2.0/sql/statements/{statement_id}", **options)

    def linked(self):
        link = served.submit("SELECT id FROM range(1000)", **LINKS).json["result"]["external_links"][0]
        return lambda **options: served.call("GET", link["external_link"], headers=link["http_headers"], **options)

    def test_a_status_for_one_request_by_its_header(self):
        answer = served.submit("SELECT 1", {"X-Standin-Fault": "503;retry_after=2"})
        self.assertEqual((answer.status, answer.headers["Retry-After"]), (503, "2"))
        self.assertNotIn("Retry-After", served.submit("SELECT 1", {"X-Standin-Fault": "429"}).headers)
        self.assertEqual(served.submit("SELECT 1").status, 200)
        self.assertEqual(served.control("statements")["submitted"], 1)

    def test_a_status_for_calls_of_one_kind_after_some_and_some_times(self):
        statement_id = served.submit("SELECT 1").json["statement_id"]
        arm("502", "poll", times=2, after=1)
        self.assertEqual([self.poll(statement_id).status for _ in range(4)], [200, 502, 502, 200])
        self.assertEqual(served.control("faults")["struck"], {"502": 2})

    def test_an_unknown_fault_is_refused(self):
        for order in ({"fault": "nonsense", "on": "poll"}, {"fault": "503", "on": "nonsense"}):
            self.assertIn("error_code", served.control("faults", order))

    def test_a_reset_does_nothing_and_a_reset_after_handling_leaves_a_statement(self):
        for fault, submitted in (("reset", 0), ("reset_after_handling", 1)):
            served.fresh()
            with self.assertRaises(BROKEN):
                served.submit("SELECT 1", {"X-Standin-Fault": fault})
            self.assertEqual(served.control("statements")["submitted"], submitted, fault)

    def test_a_body_that_stops(self):
        fetch = self.linked()
        arm("truncated", "link")
        with self.assertRaises(http.client.IncompleteRead):
            fetch()
        arm("stall", "link")
        with self.assertRaises(TimeoutError):
            fetch(timeout=0.5)
        arm("silence", "link")
        with self.assertRaises(TimeoutError):
            fetch(timeout=0.5)
        arm("cut", "link")
        with self.assertRaises((pa.ArrowInvalid, OSError)):
            pa.ipc.open_stream(fetch().body).read_all()
        self.assertEqual(pa.ipc.open_stream(fetch().body).read_all().num_rows, 1000)

    def test_a_late_reply_and_a_page_of_a_proxy(self):
        arm("slow", "submit", seconds=0.5)
        begun = time.monotonic()
        served.submit("SELECT 1")
        self.assertGreaterEqual(time.monotonic() - begun, 0.5)
        arm("garbage", "submit")
        self.assertTrue(served.submit("SELECT 1").body.startswith(b"<html>"))

    def test_a_link_is_told_to_have_expired(self):
        fetch = self.linked()
        arm("expired", "link")
        self.assertEqual([fetch().status, fetch().status], [403, 200])

    def test_a_wrong_count_and_chunks_twice_or_missing(self):
        served.control("settings", {"chunk_rows": 10})
        arm("wrong_row_count", "submit")
        self.assertEqual(served.submit("SELECT id FROM range(30)").json["manifest"]["total_row_count"], 31)
        arm("duplicate_chunk", "submit")
        path = f"/api/2.0/sql/statements/{served.submit('SELECT id FROM range(30)').json['statement_id']}/result/chunks/"
        self.assertEqual(served.call("GET", path + "2").json["chunk_index"], 1)
        arm("missing_chunk", "submit")
        path = f"/api/2.0/sql/statements/{served.submit('SELECT id FROM range(30)').json['statement_id']}/result/chunks/"
        self.assertEqual([served.call("GET", path + str(i)).status for i in range(3)], [200, 200, 404])

    def test_closed_with_and_without_a_result(self):
        arm("closed", "submit")
        reply = served.submit("SELECT 1").json
        self.assertEqual((reply["status"]["state"], reply["result"]["data_array"]), ("CLOSED", [["1"]]))
        arm("closed_empty", "submit")
        self.assertEqual(set(served.submit("SELECT 1").json), {"statement_id", "status"})

    def test_a_lost_statement_and_a_poll_that_lags(self):
        arm("lost", "submit")
        self.assertEqual(self.poll(served.submit("SELECT 1").json["statement_id"]).status, 404)
        arm("lag", "submit", seconds=0.5)
        reply = served.submit("SELECT 1").json
        self.assertEqual(reply["status"], {"state": "PENDING"})
        time.sleep(0.5)
        self.assertEqual(self.poll(reply["statement_id"]).json["status"]["state"], "SUCCEEDED")

    def test_a_cancellation_that_does_nothing(self):
        served.control("settings", {"run_seconds": 0.5})
        statement_id = served.submit("SELECT 1", wait_timeout="0s").json["statement_id"]
        arm("cancel_ignored", "cancel")
        self.assertEqual(served.call("POST", f"/api/2.0/sql/statements/{statement_id}/cancel").json, {})
        while (state := self.poll(statement_id).json["status"]["state"]) in ("PENDING", "RUNNING"):
            time.sleep(0.05)
        self.assertEqual(state, "SUCCEEDED")

    def test_a_warehouse_that_is_deleted_under_a_statement(self):
        arm("warehouse_deleted", "submit")
        status = served.submit("SELECT 1").json["status"]
        self.assertEqual((status["state"], status["error"]["error_code"]), ("FAILED", "NOT_FOUND"))
        self.assertEqual(served.submit("SELECT 1").status, 404)

    def test_a_refused_disposition(self):
        arm("disposition_refused", "submit", times=None)
        self.assertEqual([served.submit("SELECT 1", **LINKS).status, served.submit("SELECT 1").status], [400, 200])

    def test_no_token_is_given_while_the_endpoint_is_down(self):
        arm("503", "token", times=None)
        self.assertEqual(served.call("POST", "/oidc/v1/token", b"grant_type=client_credentials&scope=all-apis", token=False).status, 503)

    def test_faults_by_chance_come_at_their_rate_and_the_same_for_the_same_seed(self):
        def strikes():
            served.fresh()
            served.control("faults", {"rate": 0.3, "seed": 7, "faults": ["503", "429"]})
            return [served.call("GET", "/api/2.0/sql/warehouses").status for _ in range(200)]

        statuses = strikes()
        self.assertEqual(statuses, strikes())
        self.assertTrue(30 <= 200 - statuses.count(200) <= 90, statuses)


if __name__ == "__main__":
    unittest.main()
