"""Faults on demand: for one request by its header, armed for requests to come, or by chance at a rate.

    X-Standin-Fault: 503;retry_after=1
    POST /standin/faults {"fault": "503", "on": "submit", "times": 2, "after": 0, "retry_after": 1}
    POST /standin/faults {"rate": 0.05, "seed": 7, "faults": ["503", "429", "reset", …]}      (all that suit the call, when left out)

`on` is the kind of call: submit, poll, chunk, cancel, link, token, discovery, warehouse, files, session, or any (all but the control).
`times` null: until it is taken away. `after`: how many such calls are let pass first.

| fault | what happens |
|---|---|
| a status, 400 to 599 | that status instead of doing anything; `retry_after` (seconds) adds the header |
| `expired` | link: 403 as of an expired link |
| `reset` | the connection is reset once the request's head was read, nothing was done |
| `reset_after_handling` | all is done, a statement runs, and the connection is reset instead of a reply |
| `stall` | half of the reply, then silence for `seconds` (3600) or until the client leaves |
| `silence` | nothing at all for `seconds` (3600), then the connection is closed; nothing was done |
| `slow` | the reply comes `seconds` (1) late |
| `truncated` | half of what Content-Length announces, then the connection is closed |
| `cut` | half of the body, with a Content-Length that says so |
| `garbage` | 200 with a page of HTML, as a proxy gives |
| `cancel_ignored` | cancel: an empty reply, and the statement runs on |
| `disposition_refused` | submit: 400, unless INLINE + JSON_ARRAY is asked for |
| `wrong_row_count` | submit: this statement's total_row_count is one too many |
| `duplicate_chunk` | submit: of this statement, whoever asks for a chunk but the first is given the one before |
| `missing_chunk` | submit: of this statement, the last chunk is not found |
| `closed` | submit: this statement ends CLOSED, with its result |
| `closed_empty` | submit: this statement ends CLOSED, without a result |
| `lost` | submit: the statement runs, and every later call about it says 404 |
| `lag` | submit: this statement is told PENDING for `seconds` (5) whatever it does |
| `warehouse_deleted` | submit: the warehouse is deleted once this statement is RUNNING |
"""

import random
import threading
from dataclasses import dataclass

from .errors import Refused

CALLS = ("submit", "poll", "chunk", "cancel", "link", "token", "discovery", "warehouse", "files", "session")
TRANSPORT = ("reset", "reset_after_handling", "stall", "silence", "slow", "truncated", "cut", "garbage")
# Those that stay with a statement until its end.
OF_STATEMENTS = ("wrong_row_count", "duplicate_chunk", "missing_chunk", "closed", "closed_empty", "lost", "lag", "warehouse_deleted")
ONLY_ON = {"expired": "link", "cancel_ignored": "cancel", "disposition_refused": "submit"} | dict.fromkeys(OF_STATEMENTS, "submit")

# By chance: what a client can get over with a right answer or a clear error, in a moment.
STATUSES_BY_CHANCE = ("429", "503", "502", "401")
BY_CHANCE = (*STATUSES_BY_CHANCE, *(t for t in TRANSPORT if t not in ("stall", "silence")), "expired", "cancel_ignored", "wrong_row_count")
BY_CHANCE += ("duplicate_chunk", "missing_chunk", "closed", "closed_empty", "lag")


@dataclass
class Fault:
    name: str
    retry_after: float | None = None
    seconds: float | None = None

    @property
    def status(self):
        return int(self.name) if self.name.isdigit() else None

    def lasts(self, usually):
        return usually if self.seconds is None else self.seconds

    def suits(self, call):
        """Whether the fault can befall a call of this kind."""
        return ONLY_ON.get(self.name, call) == call

    def refusal(self):
        headers = {} if self.retry_after is None else {"Retry-After": f"{self.retry_after:g}"}
        message = {429: "Too many requests.", 503: "The service is temporarily unavailable.", 401: "Access token has expired."}
        return Refused(self.status, message.get(self.status, "A fault that was asked for."), code=401 if self.status == 401 else None, headers=headers)


@dataclass
class Armed:
    fault: Fault
    on: str
    times: int | None
    after: int
    struck: int = 0

    def described(self):
        return {"fault": self.fault.name, "on": self.on, "times": self.times, "after": self.after, "struck": self.struck}


@dataclass
class Chance:
    rate: float
    faults: list[Fault]
    generator: random.Random


def parse(name, options) -> Fault:
    """Raises ValueError for a fault that does not exist."""
    name = str(name)
    known = (name.isdigit() and 400 <= int(name) <= 599) or name in TRANSPORT or name in ONLY_ON
    if not known:
        raise ValueError(f"there is no fault {name!r}")
    number = lambda key: None if options.get(key) is None else float(options[key])  # noqa: E731
    return Fault(name, number("retry_after"), number("seconds"))


class Faults:
    def __init__(self):
        self._lock = threading.Lock()
        self._armed: list[Armed] = []
        self._chance: Chance | None = None
        self.struck = {}

    def clear(self):
        with self._lock:
            self._armed, self._chance, self.struck = [], None, {}

    def arm(self, order: dict):
        """Arms what the body of `POST /standin/faults` says. Raises ValueError where it makes no sense."""
        if "rate" in order:
            faults = [parse(name, order) for name in order.get("faults", BY_CHANCE)]
            for fault in faults:
                # By chance nobody is kept for long.
                if fault.name in ("slow", "lag") and fault.seconds is None:
                    fault.seconds = 0.3
            with self._lock:
                self._chance = Chance(float(order["rate"]), faults, random.Random(order.get("seed", 0)))
            return
        fault, on = parse(order.get("fault"), order), order.get("on", "any")
        if on not in (*CALLS, "any"):
            raise ValueError(f"there is no call {on!r}; there are {CALLS} and any")
        times = order.get("times", 1)
        with self._lock:
            self._armed.append(Armed(fault, on, None if times is None else int(times), int(order.get("after", 0))))

    def described(self):
        with self._lock:
            chance = None if self._chance is None else {"rate": self._chance.rate, "faults": [f.name for f in self._chance.faults]}
            return {"armed": [a.described() for a in self._armed], "chance": chance, "struck": dict(self.struck)}

    def strikes(self, call, header) -> Fault | None:
        """The fault of this call, if any. `header` is the request's X-Standin-Fault. Raises Refused for one that does not exist."""
        if header:
            name, *options = [part.strip() for part in header.split(";")]
            try:
                fault = parse(name, dict(option.split("=", 1) for option in options))
            except ValueError as error:
                raise Refused(400, f"X-Standin-Fault: {error}") from None
            with self._lock:
                return self._note(fault)
        with self._lock:
            for armed in self._armed:
                if armed.on not in (call, "any") or not armed.fault.suits(call) or armed.times == 0:
                    continue
                if armed.after > 0:
                    armed.after -= 1
                    continue
                armed.times = None if armed.times is None else armed.times - 1
                armed.struck += 1
                return self._note(armed.fault)
            if self._chance and self._chance.generator.random() < self._chance.rate:
                if suitable := [fault for fault in self._chance.faults if fault.suits(call)]:
                    return self._note(self._chance.generator.choice(suitable))
        return None

    def _note(self, fault):
        self.struck[fault.name] = self.struck.get(fault.name, 0) + 1
        return fault
