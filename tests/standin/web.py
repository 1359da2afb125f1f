"""HTTP: requests in, replies out, and the faults that befall a connection."""

import json
import select
import socket
import struct
import threading
import urllib.parse
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .errors import Refused
from .faults import Fault

PIECE = 1 << 20


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: object
    # Gives the body in pieces, once.
    pieces: object
    # What befalls this request beside or instead of what it asks for.
    fault: Fault | None = None

    def body(self) -> bytes:
        return b"".join(self.pieces)

    def json(self) -> dict:
        """Raises Refused unless the body is a JSON object; an empty body is an empty one."""
        try:
            value = json.loads(self.body() or b"{}")
        except ValueError:
            raise Refused(400, "The request's body is not JSON.", code="MALFORMED_REQUEST") from None
        if not isinstance(value, dict):
            raise Refused(400, "The request's body is not a JSON object.", code="MALFORMED_REQUEST")
        return value

    def form(self) -> dict:
        return dict(urllib.parse.parse_qsl(self.body().decode()))


@dataclass
class Reply:
    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict = field(default_factory=dict)

    @classmethod
    def of(cls, value, status=200):
        return cls(status, json.dumps(value, ensure_ascii=False).encode())

    @classmethod
    def refusal(cls, refused: Refused, numeric=False):
        return cls(refused.status, json.dumps(refused.body(numeric)).encode(), headers=refused.headers)


class Server(ThreadingHTTPServer):
    """`service` has `call(request)`, the kind of a call; `answer(request, call, fault)`, a Reply; `strikes(call, request)`; `clock()`."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, service, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.service = service
        self.stopping = threading.Event()
        self._to_reset = set()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def reset(self, connection):
        """The connection will end with RST: whatever is on its way is lost."""
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._to_reset.add(connection)

    def shutdown_request(self, request):
        if request in self._to_reset:
            self._to_reset.discard(request)
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request, client_address):
        """Clients that leave in the middle of a reply are no news."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server
    # Head and body of a reply go out together, at once.
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 600

    def log_message(self, *_):
        """Nothing: tokens and links are secrets."""

    def date_time_string(self, timestamp=None):
        return formatdate(self.server.service.clock(), usegmt=True)

    def _handle(self):
        split = urllib.parse.urlsplit(self.path)
        self._unread = True
        request = Request(self.command, split.path, dict(urllib.parse.parse_qsl(split.query)), self.headers, self._pieces())
        service = self.server.service
        call = service.call(request)
        try:
            fault = service.strikes(call, request)
            if fault and fault.name in ("reset", "silence"):
                return self._leave(fault)
            reply = Reply.refusal(fault.refusal()) if fault and fault.status else service.answer(request, call, fault)
        except Refused as refused:
            fault, reply = None, Reply.refusal(refused)
        except ConnectionError:
            raise
        except Exception as error:  # noqa: BLE001 - a mistake of the stand-in must not look like a fault of the network
            fault, reply = None, Reply.refusal(Refused(500, f"The stand-in failed: {type(error).__name__}: {error}"))
        if self._unread:
            # What the client still sends would be taken for its next request.
            for _ in request.pieces:
                pass
        self._send(reply, fault)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _handle

    def _pieces(self):
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
        else:
            left = int(self.headers.get("Content-Length") or 0)
            while left > 0 and (piece := self.rfile.read(min(left, PIECE))):
                left -= len(piece)
                yield piece
        self._unread = False

    def _leave(self, fault: Fault):
        self.close_connection = True
        if fault.name == "silence":
            self._wait_for_the_client_to_leave(fault.lasts(3600))
        self.server.reset(self.connection)

    def _send(self, reply: Reply, fault: Fault | None):
        name = fault.name if fault else None
        if name == "reset_after_handling":
            return self._leave(fault)
        if name == "slow":
            self.server.stopping.wait(fault.lasts(1))
        if name == "garbage":
            reply = Reply(200, b"<html><head><title>Sign in</title></head><body>Sign in to go on.</body></html>", "text/html")
        body = reply.body
        announced = len(body)
        if name == "cut":
            body = body[: len(body) // 2]
            announced = len(body)
        elif name in ("stall", "truncated"):
            body = body[: len(body) // 2]
        self.send_response(reply.status)
        if announced or reply.status != 204:
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(announced))
        for header, value in reply.headers.items():
            self.send_header(header, value)
        if name in ("stall", "truncated"):
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()
        if name == "stall":
            self._wait_for_the_client_to_leave(fault.lasts(3600))

    def _wait_for_the_client_to_leave(self, seconds):
        waited = 0.0
        while waited < seconds and not self.server.stopping.is_set():
            readable, _, _ = select.select([self.connection], [], [], 0.1)
            if readable:
                try:
                    if not self.connection.recv(PIECE):
                        return
                except OSError:
                    return
            waited += 0.1
