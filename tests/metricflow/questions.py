"""Questions made by chance, each in the words of both sides."""

import dataclasses
import datetime
from dataclasses import dataclass, field

from catalogue import Dimension

GRAINS = ("day", "week", "month", "quarter", "year")
# As in marts/src/ask.rs: stands for rows without a value.
UNKNOWN = "(unknown)"
NOBODY = "no such value ' \" \\ ü"


@dataclass(frozen=True)
class Key:
    """A column that rows are told apart by."""

    ours: str
    metricflow: str


@dataclass(frozen=True)
class Filter:
    """`values` may hold None: rows without a value."""

    dimension: Dimension
    values: tuple
    exclude: bool

    def ours(self):
        values = [UNKNOWN if value is None else str(value) for value in self.values]
        return {"dimension": self.dimension.name, "values": values, "exclude": self.exclude}

    def where(self):
        """A value that a row does not have is not one of those that are left out, so it stays; SQL's NOT IN drops it."""
        reference = self.dimension.reference
        # Values are compared as the address has them, as text; a day there is a timestamp, which reads another text.
        text = reference if "TimeDimension" in reference else f"cast({reference} as varchar)"
        # No day is called like nobody, and a text that is no day is not compared with days.
        nothing = (None, NOBODY) if text == reference else (None,)
        known = ", ".join("'" + str(value).replace("'", "''") + "'" for value in self.values if value not in nothing)
        has_unknown = None in self.values
        if self.exclude:
            listed = f"{text} not in ({known})" if known else "true"
            return f"({listed} and {reference} is not null)" if has_unknown else f"({listed} or {reference} is null)"
        listed = f"{text} in ({known})" if known else "false"
        return f"({listed} or {reference} is null)" if has_unknown else f"({listed})"


@dataclass
class Question:
    metrics: list
    dimensions: list
    grain: str | None
    first: datetime.date
    last: datetime.date
    filters: list = field(default_factory=list)
    # A metric to sort by, the greatest first, with all keys behind it; and how many groups to show.
    sort: str | None = None
    limit: int | None = None
    # "prior_period" or "prior_year", of questions without a grain.
    compare: str | None = None
    # (metric, the least that a group shows of it).
    least: tuple | None = None
    # Also a row for all groups together, of questions without a grain.
    total: bool = False
    # Also a row for all groups that the limit leaves out, of questions by one dimension.
    other: bool = False
    # How many groups are left out before the first one shown.
    skip: int = 0
    # Simple metrics that MetricFlow is asked for beside the others, of which derived ones are made.
    parts: list = field(default_factory=list)

    def keys(self):
        time = [Key("metric_time", f"metric_time__{self.grain}")] if self.grain else []
        return time + [Key(dimension.name, dimension.metricflow) for dimension in self.dimensions]

    def ours(self):
        """As our `Ask`."""
        return {
            "aggregate": {
                "metrics": self.metrics,
                "dimensions": [dimension.name for dimension in self.dimensions],
                "grain": self.grain,
                "range": {"from": self.first.isoformat(), "to": self.last.isoformat()},
                "filters": [choice.ours() for choice in self.filters],
                "compare": self.compare,
                "order": {"by": self.sort, "descending": True} if self.sort else None,
                "limit": self.limit,
                "having": [{"metric": self.least[0], "at_least": self.least[1], "at_most": None}] if self.least else [],
                "total": self.total,
                "other": self.other,
                "skip": self.skip,
            }
        }

    def prior(self):
        """The days compared with: as many before, or 52 weeks back."""
        back = datetime.timedelta(days=364) if self.compare == "prior_year" else self.last - self.first + datetime.timedelta(days=1)
        return self.first - back, self.last - back

    def before(self):
        """The same question of the days compared with, which is how MetricFlow is asked for them."""
        first, last = self.prior()
        return dataclasses.replace(self, first=first, last=last, compare=None)

    def whole(self):
        """What the total answers."""
        return dataclasses.replace(self, dimensions=[], grain=None, sort=None, limit=None, least=None, total=False, other=False, skip=0)

    def rest(self, shown):
        """What all groups but those shown answer."""
        (dimension,) = self.dimensions
        whole = self.whole()
        return dataclasses.replace(whole, filters=[*whole.filters, Filter(dimension, tuple(shown), True)])

    def where(self):
        """By days, not MetricFlow's time constraint: that one is widened to whole periods of the grain."""
        day = "{{ TimeDimension('metric_time', 'day') }}"
        within = [f"{day} >= '{self.first.isoformat()}'", f"{day} <= '{self.last.isoformat()}'"]
        return within + [choice.where() for choice in self.filters]

    def order_by(self):
        return [f"-{self.sort}", *(key.metricflow for key in self.keys())] if self.sort else []

    def __str__(self):
        words = [", ".join(self.metrics), f"{self.first} to {self.last}"]
        if self.keys():
            words.append("by " + ", ".join(key.metricflow for key in self.keys()))
        words += [choice.where() for choice in self.filters]
        if self.sort:
            words.append(f"the first {self.limit} by {self.sort} after {self.skip}")
        if self.compare:
            words.append(f"beside {self.compare}")
        if self.least:
            words.append(f"{self.least[0]} of {self.least[1]} or more")
        if self.total:
            words.append("with a total")
        return "; ".join(words)


def questions(chance, catalogue, values_of, observed):
    """Endlessly, from a `random.Random`. `values_of` gives the values of a dimension, `observed` the first and last day."""
    metrics = sorted(catalogue.metrics)
    # What most metrics are not, so that enough questions ask for it.
    rare = [name for name in metrics if catalogue.derived(name) or catalogue.is_balance(name)]
    values = {}
    while True:
        chosen = chance.sample(metrics, k=chance.choice((1, 1, 2, 3)))
        if rare and chance.random() < 0.25:
            chosen = list(dict.fromkeys([chance.choice(rare), *chosen[1:]]))
        reachable = catalogue.reachable(chosen)
        dimensions = chance.sample(reachable, k=min(len(reachable), chance.choice((0, 0, 1, 1, 2, 3))))
        first, last = days(chance, *observed)
        grain = chance.choice((None, None, *GRAINS))
        filters = []
        for dimension in chance.sample(reachable, k=min(len(reachable), chance.choice((0, 0, 1, 1, 2)))):
            if dimension not in values:
                values[dimension] = values_of(dimension)
            filters.append(some_of(chance, dimension, values[dimension]))
        asked = Question(chosen, dimensions, grain, first, last, filters)
        if asked.keys() and chance.random() < 0.25:
            asked.sort, asked.limit = chance.choice(chosen), chance.choice((1, 5, 20, 100))
            # A page further on; ours has none of the rows before.
            asked.skip = chance.choice((0, 0, 1, 5))
            is_plain = len(dimensions) == 1 and not grain and "TimeDimension" not in dimensions[0].reference
            asked.other = is_plain and not asked.skip and chance.random() < 0.7
        elif not grain and chance.random() < 0.4:
            asked.compare = chance.choice(("prior_period", "prior_year"))
        elif asked.keys() and chance.random() < 0.2:
            # Between what figures are, so that no rounding decides.
            asked.least = chance.choice(chosen), chance.choice(("0.12345", "7.12345", "100.12345", "2000.12345"))
        asked.parts = sorted({part for name in chosen if catalogue.derived(name) for part in catalogue.parts(name)})
        asked.total = bool(dimensions) and not grain and chance.random() < 0.3
        yield asked


def days(chance, first, last):
    """Mostly days that were observed; some ranges begin before or end after them."""
    whole = (last - first).days
    length = chance.choice((0, 6, 29, 89, 364, chance.randrange(whole)))
    begin = first + datetime.timedelta(days=chance.randrange(-20, whole))
    end = begin + datetime.timedelta(days=length)
    if end < first:
        end = first
    return begin, end


def some_of(chance, dimension, values):
    # None as often as a value of its own: most dimensions have rows without one only by a join that finds nothing.
    pool = [*(value for value in values if value is not None), NOBODY]
    chosen = chance.sample(pool, k=min(len(pool), chance.choice((1, 2, 5))))
    if chance.random() < 0.2:
        chosen = [None] if chance.random() < 0.5 else [*chosen, None]
    return Filter(dimension, tuple(chosen), chance.random() < 0.4)
