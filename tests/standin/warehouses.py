"""The warehouse's state: a stopped one starts when a statement comes or somebody says so, and takes its time."""

import threading
import time

from .errors import Refused
from .settings import SettingsStore


class Warehouse:
    def __init__(self, settings: SettingsStore, warehouse_id):
        self.settings, self.id = settings, warehouse_id
        self._changed = threading.Condition()
        self._state = "RUNNING"
        self._ready_at = 0.0

    def state(self):
        with self._changed:
            return self._state_now()

    def _state_now(self):
        if self._state == "STARTING" and time.monotonic() >= self._ready_at:
            self._state = "RUNNING"
        return self._state

    def put(self, state):
        if state not in ("STOPPED", "RUNNING", "DELETED"):
            raise Refused(400, f"a warehouse cannot be put into the state {state}")
        with self._changed:
            self._state = state
            self._changed.notify_all()

    def start(self):
        with self._changed:
            if self._state_now() == "DELETED":
                raise self.missing()
            if self._state == "STOPPED":
                self._state = "STARTING"
                self._ready_at = time.monotonic() + self.settings.now.cold_start_seconds
            self._changed.notify_all()

    def wait_until_running(self, given_up):
        """Waits for the start; ends at once when `given_up()` says so or the warehouse is deleted. Returns the state."""
        with self._changed:
            while (state := self._state_now()) == "STARTING" and not given_up():
                self._changed.wait(max(0.01, min(0.1, self._ready_at - time.monotonic())))
            return state

    def check(self, warehouse_id):
        """Raises Refused for an id that is not this warehouse's, as the API does."""
        if not isinstance(warehouse_id, str) or not warehouse_id:
            raise Refused(400, "warehouse_id is missing")
        if warehouse_id != self.id:
            if len(warehouse_id) != 16 or not all(c in "0123456789abcdef" for c in warehouse_id):
                raise Refused(400, f"{warehouse_id} is not a valid endpoint id.")
            raise Refused(404, f"SQL warehouse {warehouse_id} does not exist.")
        if self.state() == "DELETED":
            raise self.missing()

    def missing(self):
        return Refused(404, f"SQL warehouse {self.id} does not exist. It has been deleted.")

    def described(self):
        state = self.state()
        if state == "DELETED":
            raise self.missing()
        return {
            "id": self.id,
            "name": "stand-in",
            "state": state,
            "cluster_size": "2X-Small",
            "min_num_clusters": 1,
            "max_num_clusters": 1,
            "num_clusters": int(state == "RUNNING"),
            "auto_stop_mins": 10,
            "enable_serverless_compute": True,
            "warehouse_type": "PRO",
            "health": {"status": "HEALTHY"},
        }
