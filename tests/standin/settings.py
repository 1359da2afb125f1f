"""What a test may change while the stand-in runs, by `POST /standin/settings`."""

import dataclasses
import threading
import time
from dataclasses import dataclass, field

DISPOSITIONS = ("EXTERNAL_LINKS+ARROW_STREAM", "EXTERNAL_LINKS+JSON_ARRAY", "INLINE+ARROW_STREAM", "INLINE+JSON_ARRAY")


@dataclass
class Settings:
    # Dispositions that this warehouse accepts; warehouses differ in it.
    dispositions: list[str] = field(default_factory=lambda: list(DISPOSITIONS))
    # A chunk ends at the first of both.
    chunk_rows: int = 200_000
    chunk_bytes: int = 8 << 20
    # The most that INLINE gives.
    inline_bytes: int = 25 << 20
    # How long a presigned link lives.
    link_seconds: float = 900
    # How many links one reply may carry; the others are asked for chunk by chunk. With one, databricks-sql-kernel 1.3.0 at times
    # loses the last chunk without a word.
    links_per_reply: int = 32
    # How long a token given out by OAuth lives.
    token_seconds: float = 3600
    # How long a stopped warehouse takes to start. Statements are PENDING until then.
    cold_start_seconds: float = 0
    # How long each statement is RUNNING at the least.
    run_seconds: float = 0
    # What the stand-in's clock is ahead of the machine's: dates in headers, expirations of links.
    clock_skew_seconds: float = 0
    # "status": in status.sql_state and in the message; "message": in the message alone.
    sql_state_in: str = "status"
    # Error bodies carry a number (403) where they are about rights, and a word otherwise; True: a number always.
    numeric_error_codes: bool = False
    # What the results kept for later calls may weigh together; the oldest are dropped, and their statements are not found.
    kept_bytes: int = 1 << 30


class SettingsStore:
    def __init__(self, **at_start):
        self._at_start = at_start
        self._lock = threading.Lock()
        self.now = Settings(**at_start)

    def reset(self):
        with self._lock:
            self.now = Settings(**self._at_start)

    def change(self, changes: dict):
        """Raises ValueError for a setting that does not exist."""
        known = {f.name for f in dataclasses.fields(Settings)}
        if unknown := set(changes) - known:
            raise ValueError(f"there is no setting {sorted(unknown)}; there are {sorted(known)}")
        with self._lock:
            self.now = dataclasses.replace(self.now, **changes)

    def clock(self):
        """The stand-in's own time, in seconds since 1970."""
        return time.time() + self.now.clock_skew_seconds
