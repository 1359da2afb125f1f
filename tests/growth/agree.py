"""`make growth`: the marts of growth and engagement hold what their definitions say, on a release of a dirty demo world.

    python agree.py --program PROGRAM [--purchases 20000] [--data DIR]

The definitions (definitions.py) are written apart from the models. Run it by the Python of `./setup.sh growth`.
"""

import argparse
import datetime
import json
import sys
import tempfile
import time
from pathlib import Path

import duckdb

import definitions

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "dbt"))

from world import World, demo  # noqa: E402

REPOSITORY = Path(__file__).resolve().parents[2]
PROJECT = REPOSITORY / "marts"
SHOWN = 5

# Of each mart: its key, its figures, how it is read. What is asked for one day or month is added up over states and channels.
MARTS = {
    "fct_referred_sign_up": "select user_id, inviter_user_id, referral_id, cycle_seconds from fct_referred_sign_up",
    "fct_referral_funnel": "select referral_id, touches, click_status, sign_up_status, purchase_status, reward_status, seconds_to_sign_up from fct_referral_funnel",
    "agg_viral_cohort": "select cohort_on, horizon_days, users, referred, referred_squared from agg_viral_cohort",
    "agg_viral_day": "select date_on, referred_28d, users_before from agg_viral_day",
    "agg_active_trailing": "select date_on, sum(dau), sum(wau_7d), sum(mau_28d), sum(dau_sum_28d) from agg_active_trailing group by 1",
    "agg_active_month": "select month_on, sum(active_users), sum(retained), sum(new_active), sum(resurrected), sum(churned) from agg_active_month group by 1",
    "agg_retention": "select anchor, activity, cohort_on, kind, from_day, cohort_users, retained_users from agg_retention",
    "agg_cohort_value": "select anchor, cohort_on, horizon_days, cohort_users, buyers, repeaters, receipts, amount, reward_amount from agg_cohort_value",
    "agg_user_invites": "select user_id, invites, sign_ups from agg_user_invites",
    "dim_tree": "select root_user_id, users, depth, generations from dim_tree",
}
KEYS = {"agg_viral_cohort": 2, "agg_retention": 5, "agg_cohort_value": 3}


def open_release(data):
    """(a connection on the current release, with silver as `state`; its manifest)."""
    release = data / "releases" / (data / "current").read_text(encoding="utf-8").strip()
    db = duckdb.connect(str(release / "gold.duckdb"), read_only=True)
    db.execute("set timezone = 'UTC'")
    db.execute(f"attach '{data / 'state.duckdb'}' as state (read_only)")
    return db, json.loads((release / "manifest.json").read_text(encoding="utf-8"))


def held(db, mart):
    keys = KEYS.get(mart, 1)
    found = {}
    for row in db.execute(MARTS[mart]).fetchall():
        key = row[0] if keys == 1 else row[:keys]
        if key in found:
            sys.exit(f"{mart} has {key} twice")
        found[key] = tuple(row[keys:])
    return found


def expected(db, mart, world):
    match mart:
        case "agg_retention":
            return definitions.agg_retention(world, db.execute("select distinct kind, from_day, to_day from agg_retention").fetchall())
        case "agg_cohort_value":
            horizons = [row[0] for row in db.execute("select distinct horizon_days from agg_cohort_value").fetchall()]
            return definitions.agg_cohort_value(world, horizons)
        case "dim_tree":
            return definitions.trees(world)
        case _:
            return getattr(definitions, mart)(world)


def differences(mine, other):
    """Lines that say where a mart and its definition differ."""
    lines = [f"only in the mart: {key} {mine[key]}" for key in mine if key not in other]
    lines += [f"only by definition: {key} {other[key]}" for key in other if key not in mine]
    lines += [f"{key}: {mine[key]}, by definition {other[key]}" for key in mine if key in other and tuple(mine[key]) != tuple(other[key])]
    return lines


def check(data):
    """Prints how each mart compares. Returns whether all agree."""
    db, manifest = open_release(data)
    world = definitions.World(db, datetime.date.fromisoformat(manifest["business_date"]), manifest["zone"])
    agree = True
    for mart in MARTS:
        mine = held(db, mart)
        found = differences(mine, expected(db, mart, world))
        agree = agree and not found and bool(mine)
        print(f"  {mart:24} {len(mine):>9,} rows  {'DIFFERS' if found else 'as defined' if mine else 'EMPTY'}")
        for line in found[:SHOWN]:
            print(f"    {line}")
    db.close()
    return agree


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", type=Path)
    parser.add_argument("--purchases", type=int, default=20_000)
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    if options.program is None and options.data is None:
        parser.error("either --program or --data is needed")
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        data = options.data
        if data is None:
            world = World(options.program.resolve(), PROJECT, Path(temporary))
            demo(options.program.resolve(), options.purchases, world.landing)
            world.run()
            data = world.data
        agree = check(data)
    print(f"{'Every mart is as defined' if agree else 'Some marts differ'} ({time.monotonic() - started:.0f} s).")
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
