"""Two builds of the same models, told apart by counts and checksums and, where they differ, by their rows."""

from bronze import identifier

# These follow the run that wrote a row, and runs differ.
OF_THE_RUN = ("_run_id", "_ingested_at", "_changed_seq", "_load_seq")
SHOWN = 5


def columns(db, relation):
    """{column: type} without those that follow the run."""
    described = db.execute(f"describe select * from {relation}").fetchall()
    return {row[0]: row[1] for row in described if row[0] not in OF_THE_RUN}


def fingerprint(db, relation, names):
    """{"rows": n, "whole rows": checksum, column: (checksum, NULLs)}. Sums: they see a row that is there twice."""
    checksum = "cast(coalesce(sum(cast(hash({}) as hugeint)), 0) as varchar)"
    quoted = [identifier(name) for name in names]
    parts = ["count(*)", checksum.format(", ".join(quoted) or "0")]
    for name in quoted:
        parts += [checksum.format(name), f"count(*) - count({name})"]
    rows, whole, *rest = db.execute(f"select {', '.join(parts)} from {relation}").fetchone()
    return {"rows": rows, "whole rows": whole} | dict(zip(names, zip(rest[::2], rest[1::2])))


def shape(db, ours, theirs):
    """How the columns of two relations differ, in words."""
    left, right = columns(db, ours), columns(db, theirs)
    found = [f"only ours has the column {name}" for name in left if name not in right]
    found += [f"only dbt's has the column {name}" for name in right if name not in left]
    return found + [f"{name} is {left[name]}, dbt's {right[name]}" for name in left if right.get(name, left[name]) != left[name]]


def differences(db, ours, theirs):
    """(rows of ours, what differs between two relations in words: none when they are the same)."""
    right = columns(db, theirs)
    names = [name for name in columns(db, ours) if name in right]
    found = shape(db, ours, theirs)
    one, other = fingerprint(db, ours, names), fingerprint(db, theirs, names)
    if one["rows"] != other["rows"]:
        found.append(f"{one['rows']:,} rows, dbt's {other['rows']:,}")
    for name in names:
        (left_sum, left_nulls), (right_sum, right_nulls) = one[name], other[name]
        if left_nulls != right_nulls:
            found.append(f"{name}: {left_nulls:,} NULLs, dbt's {right_nulls:,}")
        elif left_sum != right_sum:
            found.append(f"{name}: other values")
    if one["whole rows"] != other["whole rows"] and not found:
        found.append("the same values in each column, in other rows")
    if one["whole rows"] != other["whole rows"]:
        for rows, words in ((only(db, ours, theirs, names), "only ours"), (only(db, theirs, ours, names), "only dbt's")):
            found += [f"{words}: {row}" for row in rows]
    return one["rows"], found


def only(db, relation, other, names):
    """The first rows of `relation` that `other` lacks."""
    listed = ", ".join(map(identifier, names))
    query = f"select {listed} from {relation} except all select {listed} from {other} order by all limit {SHOWN}"
    return [dict(zip(names, map(str, row))) for row in db.execute(query).fetchall()]
