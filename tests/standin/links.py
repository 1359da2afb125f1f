"""Presigned links to chunks: they live for a while, carry their own right in the address, and refuse any other."""

import secrets
import threading
from datetime import datetime, timezone

from .errors import Refused
from .settings import SettingsStore

# Storage with a customer's key asks for headers that the reply names; a client that does not send them is refused.
HEADER = "x-standin-storage-key"


class Links:
    def __init__(self, settings: SettingsStore):
        self.settings = settings
        self.url = None
        self._lock = threading.Lock()
        # Signature -> (statement, chunk's index, when it expires by the stand-in's clock, the header's value).
        self._made = {}
        self.with_authorization = 0
        self.expired = 0

    def make(self, statement_id, index):
        """The fields of an external link that make it one."""
        signature, key = secrets.token_urlsafe(24), secrets.token_hex(8)
        expires = self.settings.clock() + self.settings.now.link_seconds
        with self._lock:
            if len(self._made) > 50_000:
                now = self.settings.clock()
                self._made = {s: link for s, link in self._made.items() if link[2] > now - 60}
            self._made[signature] = (statement_id, index, expires, key)
        return {
            "external_link": f"{self.url}/results/{statement_id}/{index}?X-Amz-Signature={signature}&X-Amz-Expires={int(self.settings.now.link_seconds)}",
            "expiration": datetime.fromtimestamp(expires, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "http_headers": {HEADER: key},
        }

    def resolve(self, path, query, headers):
        """The statement and chunk behind a link. Raises Refused as a store does."""
        if headers.get("Authorization"):
            with self._lock:
                self.with_authorization += 1
            raise Refused(400, "InvalidArgument: Only one auth mechanism allowed")
        with self._lock:
            made = self._made.get(query.get("X-Amz-Signature", ""))
        if made is None or path != f"/results/{made[0]}/{made[1]}":
            raise Refused(403, "SignatureDoesNotMatch")
        if made[2] <= self.settings.clock():
            with self._lock:
                self.expired += 1
            raise Refused(403, "AccessDenied: Request has expired")
        if headers.get(HEADER) != made[3]:
            raise Refused(403, f"AccessDenied: the link's header {HEADER} is missing")
        return made[0], made[1]
