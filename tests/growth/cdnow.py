"""CDNOW's transactions (69,659 of 23,570 customers, 1997 and 1998) as landing files, through the program; then retention and
repeat figures of the release against pandas on the transactions themselves.

    python cdnow.py --program PROGRAM

The data comes from the package `lifetimes` (requirements.txt); nothing of it is kept in the repository.
"""

import argparse
import csv
import importlib.util
import sys
import tempfile
from pathlib import Path

import pandas

from agree import PROJECT, differences, held, open_release

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "dbt"))

from world import World  # noqa: E402

TRANSACTIONS, CUSTOMERS, LAST = 69_659, 23_570, "1998-06-30"
SHOWN = 5


def transactions():
    package = importlib.util.find_spec("lifetimes")
    if package is None:
        sys.exit("the Python package lifetimes is not installed; run `pip install --no-deps -r tests/growth/requirements.txt`")
    file = Path(package.origin).parent / "datasets" / "CDNOW_master.txt"
    read = pandas.read_csv(file, sep=r"\s+", dtype=str)
    read.columns = ["customer", "date", "quantity", "amount"]
    read["day"] = pandas.to_datetime(read["date"], format="%Y%m%d")
    if (len(read), read["customer"].nunique()) != (TRANSACTIONS, CUSTOMERS):
        sys.exit(f"{file} does not hold the data: {len(read)} transactions of {read['customer'].nunique()} customers")
    return read


def write(folder, source, names, rows):
    path = folder / source / f"dt={LAST}" / f"{source}.csv"
    path.parent.mkdir(parents=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names.split(","))
        writer.writerows(rows)


def land(read, folder):
    """A transaction is a receipt with one line, at noon in New York; a customer signs up an hour before the first one."""
    firsts = read.groupby("customer")["day"].min()
    write(
        folder,
        "users",
        "user_id,email,signed_up_at,state,channel,school_id,inviter_user_id,op,updated_at",
        ((user, "", f"{day.date()}T16:00:00Z", "", "", "", "", "I", f"{day.date()}T16:00:00Z") for user, day in firsts.items()),
    )
    write(
        folder,
        "schools",
        "school_id,name,district,city,county,state,grades,students,op,updated_at",
        [("none", "None", "", "", "", "", "", "", "I", "1997-01-01T00:00:00Z")],
    )
    write(
        folder,
        "products",
        "product_id,name,brand,manufacturer_id,department,category,product_type,package_size,is_eligible,reward_per_unit,funding_source,op,updated_at",
        [("cd", "Compact disc", "", "", "", "", "", "", "false", "", "", "I", "1997-01-01T00:00:00Z")],
    )
    lines = zip(read.index, read["customer"], read["quantity"], read["amount"], read["day"])
    write(
        folder,
        "purchases",
        "purchase_id,receipt_id,user_id,product_id,retailer_id,quantity,amount,discount,purchased_at,op,updated_at",
        ((f"p{n}", f"r{n}", user, "cd", "cdnow", many, paid, "0", f"{day.date()}T17:00:00Z", "I", f"{day.date()}T17:00:00Z") for n, user, many, paid, day in lines),
    )


def retention(read, windows):
    """{(anchor, activity, day, kind, from): (cohort, came back)} by pandas."""
    days = read[["customer", "day"]].drop_duplicates()
    days["cohort"] = days.groupby("customer")["day"].transform("min")
    days["age"] = (days["day"] - days["cohort"]).dt.days
    sizes = days.groupby("cohort")["customer"].nunique()
    today, found = pandas.Timestamp(LAST), {}
    for kind, begin, end in windows:
        there = days[days["age"].between(begin, end)].groupby("cohort")["customer"].nunique()
        old = sizes[(today - sizes.index).days >= end + 1]
        for cohort, size in old.items():
            for anchor in ("first_purchase", "sign_up"):
                found[anchor, "purchase", cohort.date(), kind, begin] = (size, int(there.get(cohort, 0)))
    return found


def value(read, horizons):
    """{(anchor, day, horizon): (cohort, buyers, repeaters, receipts, amount, rewards)} by pandas, in whole cents."""
    read = read.assign(cohort=read.groupby("customer")["day"].transform("min"), cents=(read["amount"].astype(float) * 100).round().astype(int))
    read["age"] = (read["day"] - read["cohort"]).dt.days
    sizes = read.groupby("cohort")["customer"].nunique()
    today, found = pandas.Timestamp(LAST), {}
    for horizon in horizons:
        within = read[read["age"] <= horizon]
        bought = within.groupby(["cohort", "customer"]).size()
        buyers, repeaters = (bought[bought >= least].groupby("cohort").size() for least in (1, 2))
        receipts, cents = within.groupby("cohort").size(), within.groupby("cohort")["cents"].sum()
        for cohort, size in sizes[(today - sizes.index).days >= horizon + 1].items():
            figures = (size, *(int(series.get(cohort, 0)) for series in (buyers, repeaters, receipts, cents)))
            for anchor in ("first_purchase", "sign_up"):
                found[anchor, cohort.date(), horizon] = figures
    return found


def check(db, read):
    """Prints how each mart compares. Returns whether both agree."""
    windows = db.execute("select distinct kind, from_day, to_day from agg_retention").fetchall()
    horizons = [row[0] for row in db.execute("select distinct horizon_days from agg_cohort_value").fetchall()]
    spent = {key: (*row[:4], int(row[4] * 100)) for key, row in held(db, "agg_cohort_value").items()}
    agree = True
    for mart, mine, other in (
        ("agg_retention", held(db, "agg_retention"), retention(read, windows)),
        ("agg_cohort_value", spent, value(read, horizons)),
    ):
        found = differences(mine, other)
        agree = agree and not found and bool(mine)
        print(f"  {mart:24} {len(mine):>9,} rows  {'DIFFERS' if found else 'as by pandas' if mine else 'EMPTY'}")
        for line in found[:SHOWN]:
            print(f"    {line}")
    one = "select sum(repeaters), sum(buyers) from agg_cohort_value where anchor = 'first_purchase' and horizon_days = 365"
    repeaters, buyers = db.execute(one).fetchone()
    print(f"  {repeaters:,} of {buyers:,} customers bought again within a year ({repeaters / buyers:.1%}).")
    return agree


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", type=Path, required=True)
    options = parser.parse_args()
    read = transactions()
    with tempfile.TemporaryDirectory() as temporary:
        world = World(options.program.resolve(), PROJECT, Path(temporary))
        land(read, world.landing)
        world.run()
        db, manifest = open_release(world.data)
        if manifest["business_date"] != LAST:
            sys.exit(f"the release is of {manifest['business_date']}")
        agree = check(db, read)
        db.close()
    print("CDNOW's figures are those of pandas." if agree else "CDNOW's figures are not those of pandas.")
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
