"""The whole stand-in, started and stopped: Spark, the warehouse's address, the store's address."""

import json
import secrets
import shutil
import tempfile
import threading
from pathlib import Path

from . import releases, spark
from .api import Api, Storage
from .auth import Auth
from .settings import SettingsStore
from .volumes import Volumes
from .warehouses import Warehouse
from .web import Server

WAREHOUSE_ID = "5a4d1c0ffee5a4d1"
CLIENT_ID = "11111111-2222-3333-4444-555555555555"


class StandIn:
    """Use as a context: it serves between entering and leaving."""

    def __init__(self, release: Path | None = None, port=0, storage_port=0, token=None, client_secret=None, **settings):
        self._release, self._ports, self._settings = release, (port, storage_port), settings
        self.token = token or "dapi" + secrets.token_hex(16)
        self.client_secret = client_secret or "dose" + secrets.token_hex(16)
        self.schema = None

    def __enter__(self):
        self._folder = Path(tempfile.mkdtemp(prefix="standin-"))
        self.spark = spark.start(self._folder)
        if self._release:
            self.schema = releases.load(self.spark, self._release, self._folder / "releases")
        else:
            releases.make_pointer(self.spark)
        settings = SettingsStore(**self._settings)
        auth = Auth(settings, self.token, CLIENT_ID, self.client_secret)
        self.api = Api(self.spark, settings, auth, Warehouse(settings, WAREHOUSE_ID), Volumes(self._folder / "volumes"))
        self._server, self._store = Server(self.api, self._ports[0]), Server(Storage(self.api), self._ports[1])
        self.api.url, self.api.links.url = self._server.url, self._store.url
        for server in (self._server, self._store):
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        # The first statement of a Spark takes seconds, which are nobody's.
        self.spark.sql("SELECT 1").toArrow()
        return self

    def __exit__(self, *_):
        self.api.statements.stop()
        for server in (self._server, self._store):
            server.stopping.set()
            server.shutdown()
            server.server_close()
        self.spark.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def url(self):
        return self._server.url

    def described(self) -> str:
        """How to reach it, as one line of JSON."""
        return json.dumps(
            {
                "url": self._server.url,
                "storage_url": self._store.url,
                "warehouse_id": WAREHOUSE_ID,
                "token": self.token,
                "client_id": CLIENT_ID,
                "client_secret": self.client_secret,
                "schema": self.schema,
                "volumes": str(self.api.volumes.folder),
            }
        )
