"""Every call of the stand-in.

| call | |
|---|---|
| `POST /api/2.0/sql/statements`, `GET …/{id}`, `GET …/{id}/result/chunks/{n}`, `POST …/{id}/cancel` | the public interface |
| `DELETE /api/2.0/sql/statements/{id}`, `POST /api/2.0/sql/sessions`, `DELETE …/{id}` | what official drivers use besides |
| `GET /api/2.0/sql/warehouses`, `GET …/{id}`, `POST …/{id}/start`, `POST …/{id}/stop` | |
| `PUT`, `GET`, `HEAD`, `DELETE /api/2.0/fs/files/Volumes/…`, the same but HEAD for `/api/2.0/fs/directories/Volumes/…` | |
| `GET /oidc/.well-known/oauth-authorization-server`, `POST /oidc/v1/token`, `GET /.well-known/databricks-config` | without a token |
| `/standin/…` | control, without a token |
"""

import re
import threading
import uuid

from pyspark.errors import PySparkException

from . import spark
from .auth import Auth
from .errors import Refused
from .faults import OF_STATEMENTS, Fault, Faults
from .links import Links
from .replies import Replies
from .settings import SettingsStore
from .statements import Statements
from .volumes import Volumes
from .warehouses import Warehouse
from .web import Reply, Request

LONGEST_STATEMENT = 16 << 20
MOST_TAGS = 20
STATEMENTS, WAREHOUSES, SESSIONS = "/api/2.0/sql/statements", "/api/2.0/sql/warehouses", "/api/2.0/sql/sessions"
FILES, FOLDERS = "/api/2.0/fs/files", "/api/2.0/fs/directories"
# Catalogs that exist. Spark's own has one level only, so all of them hold the same schemas.
CATALOGS = ("main", "hive_metastore", "spark_catalog", "workspace")


class Api:
    """The warehouse's own address."""

    def __init__(self, session, settings: SettingsStore, auth: Auth, warehouse: Warehouse, volumes: Volumes, workspace_url=None):
        self.spark, self.settings, self.auth, self.warehouse, self.volumes = session, settings, auth, warehouse, volumes
        self.faults, self.links = Faults(), Links(settings)
        self.statements = Statements(session, settings, warehouse, volumes)
        self.replies = Replies(settings, self.links)
        self.url = workspace_url
        self._lock = threading.Lock()
        self._sessions = {}
        self._requests = {}
        self._routes = [
            ("POST", f"{STATEMENTS}/?", "submit", self._submit),
            ("GET", f"{STATEMENTS}/([^/]+)", "poll", lambda _, id_: Reply.of(self.replies.statement(self.statements.find(id_)))),
            ("GET", f"{STATEMENTS}/([^/]+)/result/chunks/([^/]+)", "chunk", self._chunk),
            ("POST", f"{STATEMENTS}/([^/]+)/cancel", "cancel", self._cancel),
            ("DELETE", f"{STATEMENTS}/([^/]+)", "cancel", self._close),
            ("POST", f"{SESSIONS}/?", "session", self._open_session),
            ("DELETE", f"{SESSIONS}/([^/]+)", "session", self._close_session),
            ("GET", f"{WAREHOUSES}/?", "warehouse", lambda _: Reply.of({"warehouses": [self.warehouse.described()]})),
            ("GET", f"{WAREHOUSES}/([^/]+)", "warehouse", self._warehouse),
            ("POST", f"{WAREHOUSES}/([^/]+)/(start|stop)", "warehouse", self._start_or_stop),
            ("PUT", f"{FILES}(/.+)", "files", self._put_file),
            ("GET", f"{FILES}(/.+)", "files", lambda _, path: Reply(200, self.volumes.read(path), "application/octet-stream")),
            ("HEAD", f"{FILES}(/.+)", "files", lambda _, path: Reply(200, self.volumes.read(path), "application/octet-stream")),
            ("DELETE", f"{FILES}(/.+)", "files", lambda _, path: self._done(self.volumes.delete(path))),
            ("PUT", f"{FOLDERS}(/.+)", "files", lambda _, path: self._done(self.volumes.make_folder(path))),
            ("GET", f"{FOLDERS}(/.+)", "files", lambda _, path: Reply.of(self.volumes.list_folder(path))),
            ("DELETE", f"{FOLDERS}(/.+)", "files", lambda _, path: self._done(self.volumes.delete_folder(path))),
            ("GET", "/oidc/.well-known/oauth-authorization-server", "discovery", lambda _: Reply.of(self.auth.discovery(self.url))),
            ("GET", "/.well-known/databricks-config", "discovery", lambda _: Reply.of({"oidc_endpoint": f"{self.url}/oidc", "cloud": "AWS"})),
            # Official drivers ask which of their features are on.
            ("GET", "/api/2.0/connector-service/feature-flags/.+", "discovery", lambda _: Reply.of({"flags": []})),
            ("POST", "/oidc/v1/token", "token", lambda request: Reply.of(self.auth.give(request.headers, request.form()))),
            ("GET", "/standin/statements", "control", self._counts),
            ("GET", "/standin/faults", "control", lambda _: Reply.of(self.faults.described())),
            ("POST", "/standin/faults", "control", self._arm),
            ("DELETE", "/standin/faults", "control", lambda _: Reply.of(self.faults.clear() or {})),
            ("POST", "/standin/settings", "control", self._change),
            ("POST", "/standin/warehouse", "control", self._put_warehouse),
            ("POST", "/standin/expire-tokens", "control", lambda _: Reply.of(self.auth.expire_all() or {})),
            ("POST", "/standin/reset", "control", self._reset),
        ]

    def clock(self):
        return self.settings.clock()

    def call(self, request: Request):
        """What kind of call it is, by which faults choose; None where there is none."""
        call = next((call for method, path, call, _ in self._routes if method == request.method and re.fullmatch(path, request.path)), None)
        self.note(call or "unknown")
        return call

    def note(self, call):
        """Counts a request."""
        with self._lock:
            self._requests[call] = self._requests.get(call, 0) + 1

    def strikes(self, call, request: Request) -> Fault | None:
        return None if call in (None, "control") else self.faults.strikes(call, request.headers.get("X-Standin-Fault"))

    def answer(self, request: Request, call, fault: Fault | None) -> Reply:
        request.fault = fault
        try:
            if request.path.startswith("/api/"):
                self.auth.check(request.headers)
            for method, path, _, handle in self._routes:
                if method == request.method and (match := re.fullmatch(path, request.path)):
                    return handle(request, *match.groups())
            raise Refused(404, f"No API found for '{request.method} {request.path}'", code="ENDPOINT_NOT_FOUND")
        except Refused as refused:
            return Reply.refusal(refused, self.settings.now.numeric_error_codes)

    @staticmethod
    def _done(_):
        return Reply(204)

    # --- statements

    def _submit(self, request: Request):
        body = request.json()
        text = body.get("statement")
        if not isinstance(text, str) or not text.strip():
            raise Refused(400, "statement is missing")
        if len(text.encode()) > LONGEST_STATEMENT:
            raise Refused(400, f"The statement is longer than {LONGEST_STATEMENT} bytes.")
        self.warehouse.check(body.get("warehouse_id"))
        seconds, on_timeout = _wait(body)
        disposition, format_ = self._disposition(body, request.fault)
        tags = body.get("query_tags") or []
        if len(tags) > MOST_TAGS:
            raise Refused(400, f"A statement can have at most {MOST_TAGS} query tags.")
        session_id = body.get("session_id")
        with self._lock:
            session, schema = self._sessions.get(session_id, (None, None))
        if session_id and session is None:
            raise Refused(404, f"The session {session_id} does not exist.")
        catalog = body.get("catalog")
        if catalog and catalog.lower() not in CATALOGS:
            raise Refused(400, f"[NO_SUCH_CATALOG_EXCEPTION] Catalog '{catalog}' was not found. SQLSTATE: 42704", code="BAD_REQUEST")
        statement = self.statements.submit(
            text,
            body.get("parameters") or [],
            tags=tags,
            disposition=disposition,
            format=format_,
            row_limit=_limit(body, "row_limit"),
            byte_limit=_limit(body, "byte_limit"),
            schema=body.get("schema") or schema,
            session=session,
            fault=request.fault if request.fault and request.fault.name in OF_STATEMENTS else None,
        )
        if not statement.wait(seconds) and on_timeout == "CANCEL":
            self.statements.cancel(statement)
            statement.wait(30)
        return Reply.of(self.replies.statement(statement))

    def _disposition(self, body, fault):
        disposition, format_ = body.get("disposition") or "INLINE", body.get("format") or "JSON_ARRAY"
        asked = f"{disposition}+{format_}"
        known = disposition in ("INLINE", "EXTERNAL_LINKS", "INLINE_OR_EXTERNAL_LINKS") and format_ in ("JSON_ARRAY", "ARROW_STREAM")
        accepted = self.settings.now.dispositions
        if disposition == "INLINE_OR_EXTERNAL_LINKS":
            allowed = known and f"EXTERNAL_LINKS+{format_}" in accepted
        else:
            allowed = known and asked in accepted
        if fault and fault.name == "disposition_refused" and asked != "INLINE+JSON_ARRAY":
            allowed = False
        if not allowed:
            raise Refused(400, f"The format {format_} is not supported with the disposition {disposition} on this warehouse.")
        return disposition, format_

    def _chunk(self, _, statement_id, index):
        if not index.isdigit():
            raise Refused(400, f"The chunk index {index} is not a number.")
        return Reply.of(self.replies.chunk(self.statements.find(statement_id), int(index)))

    def _cancel(self, request: Request, statement_id):
        statement = self.statements.find(statement_id)
        if not (request.fault and request.fault.name == "cancel_ignored"):
            self.statements.cancel(statement)
        return Reply.of({})

    def _close(self, _, statement_id):
        self.statements.close(self.statements.find(statement_id))
        return Reply.of({})

    # --- sessions, warehouses, files

    def _open_session(self, request: Request):
        body = request.json()
        self.warehouse.check(body.get("warehouse_id"))
        self.warehouse.start()
        try:
            session_id, session = str(uuid.uuid4()), spark.session_in(self.spark, body.get("schema"))
        except PySparkException as error:
            raise Refused(400, str(spark.reason(error)), code="BAD_REQUEST") from None
        with self._lock:
            self._sessions[session_id] = (session, body.get("schema"))
        return Reply.of({"session_id": session_id})

    def _close_session(self, _, session_id):
        with self._lock:
            if self._sessions.pop(session_id, None) is None:
                raise Refused(404, f"The session {session_id} does not exist.")
        return Reply.of({})

    def _warehouse(self, _, warehouse_id):
        self.warehouse.check(warehouse_id)
        return Reply.of(self.warehouse.described())

    def _start_or_stop(self, _, warehouse_id, what):
        self.warehouse.check(warehouse_id)
        self.warehouse.start() if what == "start" else self.warehouse.put("STOPPED")
        return Reply.of({})

    def _put_file(self, request: Request, path):
        return self._done(self.volumes.write(path, request.pieces, request.query.get("overwrite", "false").lower() == "true"))

    # --- control

    def _counts(self, request: Request):
        counts = self.statements.counts(request.query.get("detail") == "1")
        links = {"sent_authorization": self.links.with_authorization, "expired": self.links.expired}
        with self._lock:
            return Reply.of(counts | {"requests": dict(self._requests), "links": links, "tokens_given": self.auth.given_out, "sessions": len(self._sessions)})

    def _arm(self, request: Request):
        try:
            self.faults.arm(request.json())
        except (ValueError, TypeError) as error:
            raise Refused(400, str(error)) from None
        return Reply.of(self.faults.described())

    def _change(self, request: Request):
        try:
            self.settings.change(request.json())
        except ValueError as error:
            raise Refused(400, str(error)) from None
        return Reply.of(vars(self.settings.now))

    def _put_warehouse(self, request: Request):
        state = request.json().get("state")
        self.warehouse.put(state)
        if state == "DELETED":
            self.statements.end_all(self.warehouse.missing().message)
        return Reply.of({"state": state})

    def _reset(self, _):
        self.faults.clear()
        self.settings.reset()
        self.warehouse.put("RUNNING")
        self.statements.forget()
        self.links.with_authorization = self.links.expired = self.auth.given_out = 0
        with self._lock:
            self._requests, self._sessions = {}, {}
        return Reply.of({})


class Storage:
    """The address of the store behind presigned links: another host than the warehouse's."""

    def __init__(self, api: Api):
        self.api = api

    def clock(self):
        return self.api.clock()

    def call(self, request: Request):
        self.api.note("link")
        return "link"

    def strikes(self, call, request: Request):
        return self.api.faults.strikes(call, request.headers.get("X-Standin-Fault"))

    def answer(self, request: Request, call, fault: Fault | None) -> Reply:
        try:
            if request.method not in ("GET", "HEAD"):
                raise Refused(405, "MethodNotAllowed")
            if fault and fault.name == "expired":
                raise Refused(403, "AccessDenied: Request has expired")
            statement_id, index = self.api.links.resolve(request.path, request.query, request.headers)
            statement = self.api.statements.find(statement_id)
            return Reply(200, self.api.replies.body(statement, index), "binary/octet-stream")
        except Refused as refused:
            code, _, message = refused.message.partition(": ")
            xml = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
            return Reply(refused.status, xml.encode(), "application/xml")


def _wait(body):
    """`wait_timeout` in seconds, and what happens then. Raises Refused for what the API refuses."""
    text, on_timeout = body.get("wait_timeout") or "10s", body.get("on_wait_timeout") or "CONTINUE"
    match = re.fullmatch(r"(\d+)s", str(text))
    seconds = int(match[1]) if match else -1
    if seconds != 0 and not 5 <= seconds <= 50:
        raise Refused(400, f"wait_timeout must be 0s or between 5s and 50s, not {text}.")
    if on_timeout not in ("CONTINUE", "CANCEL"):
        raise Refused(400, f"on_wait_timeout must be CONTINUE or CANCEL, not {on_timeout}.")
    if seconds == 0 and on_timeout == "CANCEL":
        raise Refused(400, "on_wait_timeout cannot be CANCEL where wait_timeout is 0s.")
    return seconds, on_timeout


def _limit(body, key):
    value = body.get(key)
    if value is None:
        return None
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = 0
    if number <= 0:
        raise Refused(400, f"{key} must be a positive number, not {value!r}.")
    return number
