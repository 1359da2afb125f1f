"""A statement as the API tells of it: status, manifest, and its result in one of three dispositions."""

import base64
import json
import time

from .errors import Refused
from .links import Links
from .results import Result
from .settings import SettingsStore
from .statements import Statement

# What INLINE_OR_EXTERNAL_LINKS, which official drivers ask for, gives inline.
INLINE_OF_BOTH = 64 << 10


class Replies:
    def __init__(self, settings: SettingsStore, links: Links):
        self.settings, self.links = settings, links

    def statement(self, statement: Statement):
        """The reply to a submission and to a poll."""
        reply = {"statement_id": statement.id, "status": self._status(statement)}
        if reply["status"]["state"] not in ("SUCCEEDED", "CLOSED") or statement.result is None:
            return reply
        reply["manifest"] = statement.result.manifest()
        if statement.has_fault("wrong_row_count"):
            reply["manifest"]["total_row_count"] = statement.result.row_count + 1
        reply["result"] = self._first(statement, statement.result)
        return reply

    def chunk(self, statement: Statement, index):
        """The reply to a call for one chunk. Raises Refused where there is none."""
        result = statement.result
        if result is None:
            raise Refused(400, f"The statement {statement.id} has no result to fetch; its state is {statement.state}.")
        last = len(result.chunks) - 1
        if not 0 <= index <= last or (statement.has_fault("missing_chunk") and index == last):
            raise Refused(404, f"The statement {statement.id} has no chunk {index}.")
        if statement.has_fault("duplicate_chunk"):
            index = max(0, index - 1)
        return self._result(statement, result, index)

    def body(self, statement: Statement, index) -> bytes:
        """What lies behind a link."""
        return statement.result.chunks[index].body

    def _status(self, statement: Statement):
        # PENDING, RUNNING, and what came with the end are read together.
        with statement.changed:
            state, error, sql_state = statement.state, statement.error, statement.sql_state
        if statement.has_fault("lag") and time.monotonic() - statement.submitted_at < statement.fault.lasts(5):
            return {"state": "PENDING"}
        status = {"state": state}
        if error:
            status["error"] = error
        if sql_state:
            status["sql_state"] = sql_state
        return status

    def _first(self, statement: Statement, result: Result):
        if not result.columns:
            return {}
        if not result.chunks:
            return {} if self._by_link(statement, result) else {"chunk_index": 0, "row_offset": 0, "row_count": 0}
        return self._result(statement, result, 0)

    def _by_link(self, statement: Statement, result: Result):
        if statement.disposition == "INLINE_OR_EXTERNAL_LINKS":
            return len(result.chunks) > 1 or result.byte_count > INLINE_OF_BOTH
        return statement.disposition == "EXTERNAL_LINKS"

    def _result(self, statement: Statement, result: Result, index):
        if self._by_link(statement, result):
            end = min(len(result.chunks), index + self.settings.now.links_per_reply)
            links = [
                self._described(statement, result, i) | {"byte_count": len(result.chunks[i].body)} | self.links.make(statement.id, i)
                for i in range(index, end)
            ]
            return {"external_links": links}
        described, body = self._described(statement, result, index), result.chunks[index].body
        if result.format == "JSON_ARRAY":
            return described | {"data_array": json.loads(body)}
        return described | {"attachment": base64.b64encode(body).decode()}

    def _described(self, statement: Statement, result: Result, index):
        chunk = result.chunks[index]
        described = {"chunk_index": chunk.index, "row_offset": chunk.row_offset, "row_count": chunk.row_count}
        if index + 1 < len(result.chunks):
            described["next_chunk_index"] = index + 1
            described["next_chunk_internal_link"] = f"/api/2.0/sql/statements/{statement.id}/result/chunks/{index + 1}?row_offset={result.chunks[index + 1].row_offset}"
        return described
