"""Who may call: personal access tokens, and tokens that OAuth gives to a service principal."""

import base64
import hmac
import secrets
import threading
import time

from .errors import Refused
from .settings import SettingsStore


class Auth:
    def __init__(self, settings: SettingsStore, token, client_id, client_secret):
        self.settings = settings
        self.token, self.client_id, self.client_secret = token, client_id, client_secret
        self._lock = threading.Lock()
        # Token -> when it expires, by the machine's steady clock.
        self._given = {}
        self.given_out = 0

    def check(self, headers):
        """Raises Refused unless the request carries a token that is good now."""
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused(401, "Credential was not sent or was of an unsupported type for this API.", code=401)
        if hmac.compare_digest(token.encode(), self.token.encode()):
            return
        with self._lock:
            expires = self._given.get(token)
        if expires is None:
            raise Refused(403, "Invalid access token.", code=403)
        if expires <= time.monotonic():
            raise Refused(401, "Access token has expired.", code=401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})

    def discovery(self, url):
        return {
            "issuer": f"{url}/oidc",
            "authorization_endpoint": f"{url}/oidc/v1/authorize",
            "token_endpoint": f"{url}/oidc/v1/token",
            "grant_types_supported": ["client_credentials", "authorization_code", "refresh_token"],
            "scopes_supported": ["all-apis", "sql", "offline_access"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        }

    def give(self, headers, form):
        """A token for the client credentials in the request: HTTP Basic, or in the form."""
        if form.get("grant_type") != "client_credentials":
            raise Refused(400, "unsupported_grant_type", code="unsupported_grant_type")
        client, secret = form.get("client_id", ""), form.get("client_secret", "")
        scheme, _, basic = headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                client, _, secret = base64.b64decode(basic).decode().partition(":")
            except ValueError:
                raise Refused(400, "invalid_request", code="invalid_request") from None
        same = hmac.compare_digest(client.encode(), self.client_id.encode()) & hmac.compare_digest(secret.encode(), self.client_secret.encode())
        if not same:
            raise Refused(401, "Client authentication failed", code="invalid_client")
        if "all-apis" not in form.get("scope", "").split():
            raise Refused(400, "invalid_scope", code="invalid_scope")
        token, seconds = "eyJ" + secrets.token_urlsafe(48), self.settings.now.token_seconds
        with self._lock:
            now = time.monotonic()
            self._given = {t: e for t, e in self._given.items() if e > now - 3600} | {token: now + seconds}
            self.given_out += 1
        return {"access_token": token, "scope": "all-apis", "token_type": "Bearer", "expires_in": int(seconds)}

    def expire_all(self):
        with self._lock:
            self._given = dict.fromkeys(self._given, 0.0)
