"""Statements from PENDING to their end. Each runs in a thread of its own in Spark, under a job group by which it is cancelled."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from . import results, spark
from .errors import Refused
from .faults import Fault
from .parameters import bind
from .settings import SettingsStore
from .volumes import Volumes
from .warehouses import Warehouse

# What one warehouse runs at a time; the others wait in the queue, PENDING.
AT_ONCE = 10
ACTIVE = ("PENDING", "RUNNING")


@dataclass
class Statement:
    """One statement. `state` and what comes with it change under `changed`; a terminal state is final."""

    id: str
    text: str
    parameters: list[dict]
    tags: list[dict]
    disposition: str
    format: str
    row_limit: int | None
    byte_limit: int | None
    schema: str | None
    session: SparkSession | None
    fault: Fault | None
    submitted_at: float = field(default_factory=time.monotonic)
    changed: threading.Condition = field(default_factory=threading.Condition)
    state: str = "PENDING"
    error: dict | None = None
    sql_state: str | None = None
    result: results.Result | None = None
    cancel_asked: bool = False

    def has_fault(self, name):
        return self.fault is not None and self.fault.name == name

    @property
    def active(self):
        return self.state in ACTIVE

    def wait(self, seconds):
        """Waits for a terminal state, no longer than `seconds`. Returns whether it came."""
        with self.changed:
            return self.changed.wait_for(lambda: not self.active, seconds)

    def move(self, state, error=None, sql_state=None, result=None):
        """Returns whether the statement was still active."""
        with self.changed:
            if not self.active:
                return False
            self.state, self.error, self.sql_state, self.result = state, error, sql_state, result
            self.changed.notify_all()
            return True


class Stopped(Exception):
    """The statement was cancelled, or its warehouse is gone, while it ran."""


class Statements:
    def __init__(self, session: SparkSession, settings: SettingsStore, warehouse: Warehouse, volumes: Volumes):
        self.spark, self.settings, self.warehouse, self.volumes = session, settings, warehouse, volumes
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="statement")
        self._lock = threading.Lock()
        self._all: dict[str, Statement] = {}
        self._executing: set[str] = set()
        self._submitted = 0
        self._most_at_once = 0
        self._ends: dict[str, int] = {}
        self._seen: dict[str, int] = {}

    def submit(self, text, parameters, **rest) -> Statement:
        """Starts a statement. Raises Refused for parameters that the API refuses."""
        statement = Statement(str(uuid.uuid4()), text, parameters, **rest)
        bound = bind(self.volumes.rewrite(text), parameters)
        with self._lock:
            self._all[statement.id] = statement
            self._submitted += 1
            key = repr((text, parameters, statement.tags))
            self._seen[key] = self._seen.get(key, 0) + 1
        self.warehouse.start()
        self._pool.submit(self._run, statement, *bound)
        return statement

    def find(self, statement_id) -> Statement:
        with self._lock:
            statement = self._all.get(statement_id)
        if statement is None or statement.has_fault("lost"):
            raise Refused(404, f"The statement {statement_id} was not found or has expired.")
        return statement

    def cancel(self, statement: Statement):
        with statement.changed:
            statement.cancel_asked = True
            statement.changed.notify_all()
        spark.cancel(self.spark, statement.id)
        with self._lock:
            executing = statement.id in self._executing
        # One that runs is CANCELED when Spark has let go of it.
        if not executing and statement.move("CANCELED"):
            self._count("CANCELED")

    def close(self, statement: Statement):
        """What DELETE does: cancels what runs, forgets the result."""
        self.cancel(statement)
        with self._lock:
            self._all.pop(statement.id, None)

    def end_all(self, message=None):
        """Cancels every active statement; with `message` they fail with it, as when their warehouse is deleted."""
        with self._lock:
            active = [s for s in self._all.values() if s.active]
        for statement in active:
            if message and statement.move("FAILED", {"error_code": "NOT_FOUND", "message": message}):
                self._count("FAILED")
            self.cancel(statement)

    def forget(self):
        self.end_all()
        with self._lock:
            self._all, self._seen, self._ends, self._submitted, self._most_at_once = {}, {}, {}, 0, len(self._executing)

    def stop(self):
        self.end_all()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def counts(self, detail=False):
        """What was submitted and how it ended; `running` are those not at their end, `executing` those that Spark works on."""
        with self._lock:
            active = [s for s in self._all.values() if s.active]
            counts = {
                "submitted": self._submitted,
                "pending": sum(s.state == "PENDING" for s in active),
                "running": len(active),
                "executing": len(self._executing),
                "most_executing": self._most_at_once,
                "succeeded": self._ends.get("SUCCEEDED", 0),
                "failed": self._ends.get("FAILED", 0),
                "cancelled": self._ends.get("CANCELED", 0),
                "closed": self._ends.get("CLOSED", 0),
                # Submitted more than once with the same text, values and tags.
                "repeated": sum(n - 1 for n in self._seen.values()),
                "kept": len(self._all),
            }
            if detail:
                counts["statements"] = [
                    {"statement_id": s.id, "state": s.state, "statement": s.text, "schema": s.schema, "query_tags": s.tags, "parameters": s.parameters}
                    for s in self._all.values()
                ]
            return counts

    def _count(self, state):
        with self._lock:
            self._ends[state] = self._ends.get(state, 0) + 1

    def _run(self, statement: Statement, text, values):
        with self._lock:
            self._executing.add(statement.id)
            self._most_at_once = max(self._most_at_once, len(self._executing))
        try:
            end = self._outcome(statement, text, values)
        except Stopped:
            end = ("CANCELED",)
        except spark.StatementFailed as error:
            end = ("CANCELED",) if statement.cancel_asked else self._failed(str(error), error.sql_state)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong here, nobody may wait for ever
            end = ("FAILED", {"error_code": "INTERNAL_ERROR", "message": f"{type(error).__name__}: {error}"})
        finally:
            with self._lock:
                self._executing.discard(statement.id)
        # Counted first: who sees the end sees it counted.
        if statement.active:
            self._count(end[0])
            statement.move(*end)
        self._drop_oldest()

    def _outcome(self, statement: Statement, text, values):
        state = self.warehouse.wait_until_running(lambda: statement.cancel_asked)
        if state == "DELETED":
            return ("FAILED", {"error_code": "NOT_FOUND", "message": self.warehouse.missing().message})
        with statement.changed:
            if statement.cancel_asked or not statement.active:
                raise Stopped
            statement.state = "RUNNING"
            statement.changed.notify_all()
        if statement.has_fault("warehouse_deleted"):
            self.warehouse.put("DELETED")
            self.end_all(self.warehouse.missing().message)
        if seconds := self.settings.now.run_seconds:
            with statement.changed:
                statement.changed.wait_for(lambda: statement.cancel_asked, seconds)
        rows = self._rows(statement, text, values)
        settings = self.settings.now
        result = results.encode(rows, statement.format, settings, statement.row_limit, statement.byte_limit)
        if statement.disposition == "INLINE" and result.byte_count > settings.inline_bytes:
            message = (
                f"Inline byte limit exceeded. Statements executed with disposition=INLINE can have a result size of at most {settings.inline_bytes}"
                " bytes. Please execute the statement with disposition=EXTERNAL_LINKS if you want to download the full result."
            )
            return ("FAILED", {"error_code": "BAD_REQUEST", "message": message})
        if statement.has_fault("closed_empty"):
            return ("CLOSED",)
        return ("CLOSED" if statement.has_fault("closed") else "SUCCEEDED", None, None, result)

    def _rows(self, statement: Statement, text, values) -> spark.Rows:
        self.spark.sparkContext.setJobGroup(statement.id, statement.id, interruptOnCancel=True)
        limit = None if statement.row_limit is None else statement.row_limit + 1
        try:
            session = statement.session or spark.session_in(self.spark, statement.schema)
            if statement.cancel_asked:
                raise Stopped
            frame = session.sql(text, args=values) if values else session.sql(text)
            if statement.cancel_asked:
                raise Stopped
            return results.fetch(frame, statement.format, limit)
        except PySparkException as error:
            raise spark.reason(error) from None
        except Py4JJavaError as error:
            raise spark.from_java(error) from None
        except Py4JError as error:
            raise spark.StatementFailed(str(error)) from None

    def _failed(self, message, sql_state):
        in_status = sql_state if self.settings.now.sql_state_in == "status" else None
        return ("FAILED", {"error_code": "BAD_REQUEST", "message": message}, in_status)

    def _drop_oldest(self):
        with self._lock:
            kept = sum(s.result.byte_count for s in self._all.values() if s.result)
            for statement_id in list(self._all):
                if kept <= self.settings.now.kept_bytes and len(self._all) <= 20_000:
                    return
                statement = self._all[statement_id]
                if not statement.active:
                    kept -= statement.result.byte_count if statement.result else 0
                    del self._all[statement_id]
