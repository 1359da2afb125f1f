"""Both sides' answers as the same kind of rows, and how they differ.

MetricFlow means something else than we do in these ways, and no other; each is undone here, in its answer:
- A sum of no values is NULL; ours is 0, as is a count.
- A period without rows is not there; in a series that has no other key, ours is, with 0 for sums and counts.
- Days that the release has not observed are days without rows; a figure of nothing but such days is unknown in ours, and so
  is one before which not all days that it is compared with were observed.
- Arithmetic over a part that has no rows is NULL; in ours the part is 0.
- A group of which no row is of a balance's last day is not there; in ours it is, without a figure.
What MetricFlow has no words for is done with its answers: a comparison, a total and all others are questions of their own, a
threshold is a choice of rows, a page is what is left of a longer list.
"""

import datetime
import decimal

# Quotients of both are of the same two exact parts; MetricFlow's is a double.
QUOTIENT = 1e-9
# The key of the row of all groups together.
TOTAL = ("all groups together",)
OTHER = ("all groups that are not shown",)


def ours(frame, question):
    """{key: {metric: value}} of a frame as JSON; what a metric was before is its `<metric>__prior`."""
    names = [column["name"] for column in frame["columns"]]
    rows = [dict(zip(names, map(cell, row))) for row in frame["rows"]]
    figures = [name for metric in question.metrics for name in ([metric, prior(metric)] if question.compare else [metric])]
    groups = [row for row in rows if row.get("row__level", "group") == "group"]
    found = keyed(groups, [key.ours for key in question.keys()], figures)
    for level, key in (("total", TOTAL), ("other", OTHER)):
        together = [row for row in rows if row.get("row__level") == level]
        found |= {key: figured for figured in keyed(together, [], figures).values()}
    return found


def prior(metric):
    return f"{metric}__prior"


def compared(now, before, question, catalogue, observed):
    """Two of MetricFlow's answers as one. A group of either is there; a comparison needs all its days observed."""
    first, last = question.prior()
    is_seen = observed[0] <= first and last <= observed[1]
    is_now_seen = overlap((question.first, question.last), observed)
    none = {metric: 0 if catalogue.is_additive(metric) else None for metric in question.metrics}
    found = {}
    for key in {**now, **before}:
        here = now.get(key, none if is_now_seen else dict.fromkeys(none))
        there = before.get(key, none) if is_seen else dict.fromkeys(none)
        found[key] = here | {prior(metric): there[metric] for metric in question.metrics}
    return found


def theirs(rows, question, catalogue, observed):
    """MetricFlow's rows in our meaning."""
    asked = question.metrics + question.parts
    found = keyed(rows, [key.metricflow for key in question.keys()], asked)
    for figures in found.values():
        for metric in question.metrics:
            if figures[metric] is None and catalogue.derived(metric):
                figures[metric] = catalogue.figure(metric, figures)
        for part in question.parts:
            if part not in question.metrics:
                del figures[part]
    is_series = question.grain and not question.dimensions and question.limit is None and question.least is None
    if is_series:
        for first in periods(question.first, question.last, question.grain):
            found.setdefault((first,), dict.fromkeys(question.metrics))
    for key, figures in found.items():
        is_seen = overlap(days_of(key, question), observed)
        for metric in question.metrics:
            if not is_seen:
                figures[metric] = None
            elif figures[metric] is None and catalogue.is_additive(metric):
                figures[metric] = 0
    if question.least:
        metric, least = question.least
        found = {key: figures for key, figures in found.items() if (figures[metric] or 0) >= float(least)}
    return found


def differences(mine, other, catalogue, sort=None):
    """Lines that say how our rows differ from MetricFlow's. `sort`: the metric of which only the first rows were asked for."""
    alone = {key: mine[key] for key in mine if key not in other}
    alone_there = {key: other[key] for key in other if key not in mine}
    # A sum of no values stands behind a sum that is 0 there, beside it in ours: which of them are the last is another question.
    are_ties = sort is not None and not any(row[sort] for row in (*alone.values(), *alone_there.values()))
    lines = []
    if not (are_ties and len(alone) == len(alone_there)):
        lines = [f"only ours: {key} {row}" for key, row in alone.items()]
        lines += [f"only MetricFlow's: {key} {row}" for key, row in alone_there.items()]
    for key in mine:
        for name, ours in mine[key].items() if key in other else ():
            theirs = other[key][name]
            if not same(ours, theirs, catalogue.is_quotient(name.removesuffix("__prior"))):
                lines.append(f"{name} of {key}: ours {ours}, MetricFlow's {theirs}")
    return lines


def same(ours, theirs, is_quotient):
    if ours is None or theirs is None:
        return ours is theirs
    if is_quotient:
        return abs(float(ours) - float(theirs)) <= QUOTIENT * max(abs(float(ours)), abs(float(theirs)))
    return ours == theirs


def with_earlier(mine, other, question, catalogue):
    """The other answer with our groups of nothing, of which no row is of a balance's last day; counted, that is 0."""
    balances = [metric for metric in question.metrics if catalogue.is_balance(metric)]
    if not balances:
        return other
    for key in mine.keys() & other.keys():
        for name in (name for metric in balances for name in (metric, prior(metric)) if name in mine[key]):
            if mine[key][name] == 0 and other[key][name] is None:
                other[key][name] = 0
    nothing = {key: figures for key, figures in mine.items() if key not in other and not any(figures.values())}
    return other | nothing


def keyed(rows, keys, metrics):
    found = {}
    for row in rows:
        key = tuple(row[name] for name in keys)
        if key in found:
            raise ValueError(f"the row {key} is there twice")
        found[key] = {metric: row[metric] for metric in metrics}
    return found


def cell(value):
    """A cell of a frame, as marts/src/frame.rs writes it."""
    if value == "n":
        return None
    (kind, content), = value.items()
    match kind:
        case "m":
            return decimal.Decimal(content)
        case "d":
            return datetime.date.fromisoformat(content)
        case "c":
            return datetime.datetime.fromisoformat(content)
        case _:
            return content


def first_day(day, grain):
    match grain:
        case "week":
            return day - datetime.timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            return day.replace(month=1, day=1)
    return day


def periods(first, last, grain):
    """The first days of all periods between two days."""
    day = first_day(first, grain)
    while day <= last:
        yield day
        day = next_period(day, grain)


def next_period(day, grain):
    match grain:
        case "day" | "week":
            return day + datetime.timedelta(days=1 if grain == "day" else 7)
        case _:
            months = day.year * 12 + day.month - 1 + {"month": 1, "quarter": 3, "year": 12}[grain]
            return datetime.date(months // 12, months % 12 + 1, 1)


def days_of(key, question):
    """The days that a row counts."""
    if not question.grain:
        return question.first, question.last
    end = next_period(key[0], question.grain) - datetime.timedelta(days=1)
    return max(key[0], question.first), min(end, question.last)


def overlap(days, observed):
    return days[0] <= observed[1] and days[1] >= observed[0]
