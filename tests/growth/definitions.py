"""Growth figures straight from their definitions (metrics.md's words), written apart from the models: every user, every invite,
every day is looked at by itself, with no window function and nothing added up on the way. Slow, and plain.

Each function gives {key: figures} as a mart of the same name should hold it. `db` is a release; `today` its business date.
"""

import collections
import datetime
import zoneinfo

DAY = datetime.timedelta(days=1)


class World:
    """Users, invites, days of activity and receipts of a release, as plain Python."""

    def __init__(self, db, today, zone):
        self.today, self.zone = today, zoneinfo.ZoneInfo(zone)
        self.users = {row["user_id"]: row for row in rows(db, "select * from dim_user")}
        self.invites = rows(db, "select * from fct_referral")
        self.contacts = dict(db.execute("select referral_id, invitee_key from state.silver.stg_referrals").fetchall())
        self.active = days(db, "select user_id, active_on from fct_activity_day")
        self.bought = days(db, "select user_id, purchased_on from fct_purchase")
        self.lines = rows(db, "select user_id, coalesce(receipt_id, 'line ' || purchase_id) as receipt, purchased_on, amount, reward_amount from fct_purchase")

    def day(self, moment):
        return moment.replace(tzinfo=datetime.timezone.utc).astimezone(self.zone).date()

    def is_over(self, moment):
        return self.day(moment) <= self.today


def rows(db, sql):
    found = db.execute(sql)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row)) for row in found.fetchall()]


def days(db, sql):
    found = collections.defaultdict(set)
    for user, day in db.execute(sql).fetchall():
        found[user].add(day)
    return found


def brought(world):
    """{user: (inviter, invite or None)}: the last accepted invite wins, without one the account's inviter."""
    accepted = collections.defaultdict(list)
    for invite in world.invites:
        inviter, user = invite["inviter_user_id"], invite["invitee_user_id"]
        if user and inviter in world.users and inviter != user:
            accepted[user].append(invite)
    found = {}
    for user, row in world.users.items():
        if row["is_in_cycle"]:
            continue
        inviter, invite = row["inviter_user_id"], None
        if accepted[user]:
            last = max(accepted[user], key=lambda i: (i["signed_up_at"], i["invited_at"], i["referral_id"]))
            inviter, invite = last["inviter_user_id"], last["referral_id"]
        if inviter in world.users and inviter != user:
            found[user] = (inviter, invite)
    return found


def cycle(world, user, inviter):
    return int((world.users[user]["signed_up_at"].replace(microsecond=0) - world.users[inviter]["signed_up_at"].replace(microsecond=0)).total_seconds())


def fct_referred_sign_up(world):
    return {user: (inviter, invite, cycle(world, user, inviter)) for user, (inviter, invite) in brought(world).items()}


def fct_referral_funnel(world):
    """{first invite: (touches, click, sign-up, purchase, reward, seconds to the sign-up)}; stages are reached, open or lapsed."""
    credited = {(inviter, user) for user, (inviter, _) in brought(world).items()}
    contacts = collections.defaultdict(list)
    for invite in world.invites:
        inviter = invite["inviter_user_id"]
        if inviter in world.users and inviter != invite["invitee_user_id"]:
            contacts[inviter, world.contacts[invite["referral_id"]] or invite["referral_id"]].append(invite)
    found = {}
    for (inviter, _), touches in contacts.items():
        first = min(touches, key=lambda i: (i["invited_at"], i["referral_id"]))
        won = [i for i in touches if (inviter, i["invitee_user_id"]) in credited]
        earliest = lambda name, of: min((i[name] for i in of if i[name]), default=None)
        signed_up = earliest("signed_up_at", won)
        followed = min((at for at in (earliest("clicked_at", touches), signed_up) if at), default=None)
        stages = [(followed, 14), (signed_up, 30), (earliest("first_purchase_at", won), 60), (earliest("rewarded_at", won), 30)]
        before, statuses = first["invited_at"], []
        for at, window in stages:
            ends = before + window * DAY
            if at and at <= ends:
                statuses.append("reached")
                before = at
                continue
            statuses.append("lapsed" if world.is_over(ends) else "open")
            break
        statuses += [statuses[-1]] * (4 - len(statuses))
        seconds = None
        if signed_up:
            seconds = max(int((signed_up.replace(microsecond=0) - first["invited_at"].replace(microsecond=0)).total_seconds()), 0)
        found[first["referral_id"]] = (len(touches), *statuses, seconds)
    return found


def agg_user_invites(world):
    """{user: (contacts invited, users brought)}."""
    contacts = collections.defaultdict(set)
    for invite in world.invites:
        inviter = invite["inviter_user_id"]
        if inviter in world.users and inviter != invite["invitee_user_id"]:
            contacts[inviter].add(world.contacts[invite["referral_id"]] or invite["referral_id"])
    came = collections.Counter(inviter for inviter, _ in brought(world).values())
    return {user: (len(contacts[user]), came[user]) for user in world.users}


def agg_viral_cohort(world):
    """{(day, horizon): (users, brought within it, squares)} of cohorts that are so old."""
    of = collections.defaultdict(list)
    for user, (inviter, _) in brought(world).items():
        of[inviter].append(cycle(world, user, inviter))
    found = collections.defaultdict(lambda: [0, 0, 0])
    for user, row in world.users.items():
        for horizon in (30, 60, 90):
            if (world.today - row["signed_up_on"]).days >= horizon:
                count = sum(0 <= seconds <= horizon * 86400 for seconds in of[user])
                cell = found[row["signed_up_on"], horizon]
                for at, add in enumerate((1, count, count * count)):
                    cell[at] += add
    return {key: tuple(cell) for key, cell in found.items()}


def agg_viral_day(world):
    """{day: (brought in 28 days, signed up in the 28 days before)}."""
    first = min(row["signed_up_on"] for row in world.users.values())
    signed_up = collections.Counter(row["signed_up_on"] for row in world.users.values())
    came = collections.Counter(world.users[user]["signed_up_on"] for user in brought(world))
    found, day = {}, first
    while day <= world.today:
        within = lambda counter, begin, end: sum(counter[day - n * DAY] for n in range(begin, end))
        is_seen = (day - first).days >= 55
        found[day] = (within(came, 0, 28), within(signed_up, 28, 56)) if is_seen else (None, None)
        day += DAY
    return found


def agg_active_trailing(world):
    """{day: (dau, wau, mau, sum of 28 daus)} of all users."""
    by_day = collections.defaultdict(set)
    for user, active in world.active.items():
        for day in active:
            by_day[day].add(user)
    first, found = min(by_day), {}
    day = first
    while day <= world.today:
        window = lambda n: [by_day[day - back * DAY] for back in range(n)]
        observed = (day - first).days + 1
        dau = len(by_day[day])
        wau = len(set().union(*window(7))) if observed >= 7 else None
        mau = len(set().union(*window(28))) if observed >= 28 else None
        total = sum(map(len, window(28))) if observed >= 28 else None
        found[day] = (dau, wau, mau, total)
        day += DAY
    return found


def agg_active_month(world):
    """{month: (active, retained, new, back, churned)}; all but the first None where nobody can know."""
    months = collections.defaultdict(set)
    for user, active in world.active.items():
        for day in active:
            months[day.replace(day=1)].add(user)
    next_month = lambda month: (month + 32 * DAY).replace(day=1)
    found, ever, before = {}, set(), None
    month = min(months)
    while month <= world.today:
        now = months[month]
        is_known = before is not None and next_month(month) <= world.today + DAY
        new = now - ever
        figures = (len(now & before), len(new), len(now - before - new), len(before - now)) if is_known else (None,) * 4
        found[month] = (len(now), *figures)
        ever, before = ever | now, now
        month = next_month(month)
    return found


def anchors(world):
    for user, row in world.users.items():
        yield "sign_up", user, row["signed_up_on"]
    for user, bought in world.bought.items():
        yield "first_purchase", user, min(bought)


def agg_retention(world, windows):
    """{(anchor, activity, day, kind, from): (cohort, came back)} of cohorts that are past the window."""
    found = collections.defaultdict(lambda: [0, 0])
    for anchor, user, cohort in anchors(world):
        for activity, days_of in (("active", world.active), ("purchase", world.bought)):
            there = days_of.get(user, set())
            for kind, begin, end in windows:
                if (world.today - cohort).days < end + 1:
                    continue
                cell = found[anchor, activity, cohort, kind, begin]
                cell[0] += 1
                cell[1] += any(cohort + n * DAY in there for n in range(begin, end + 1))
    return {key: tuple(cell) for key, cell in found.items()}


def agg_cohort_value(world, horizons):
    """{(anchor, day, horizon): (cohort, buyers, repeaters, receipts, amount, rewards)}."""
    receipts = collections.defaultdict(dict)
    for line in world.lines:
        of = receipts[line["user_id"]].setdefault(line["receipt"], [line["purchased_on"], 0, 0])
        of[0] = min(of[0], line["purchased_on"])
        of[1] += line["amount"]
        of[2] += line["reward_amount"]
    found = collections.defaultdict(lambda: [0, 0, 0, 0, 0, 0])
    for anchor, user, cohort in anchors(world):
        for horizon in horizons:
            if (world.today - cohort).days < horizon + 1:
                continue
            within = [r for r in receipts[user].values() if (r[0] - cohort).days <= horizon]
            adds = (1, len(within) >= 1, len(within) >= 2, len(within), sum(r[1] for r in within), sum(r[2] for r in within))
            cell = found[anchor, cohort, horizon]
            for at, add in enumerate(adds):
                cell[at] += add
    return {key: tuple(cell) for key, cell in found.items()}


def trees(world):
    """{root: (users, depth, generations added up)}, by climbing from each user to who brought them."""
    found = collections.defaultdict(lambda: [0, 0, 0])
    for user, row in world.users.items():
        steps, at, seen = 0, user, {user}
        while not world.users[at]["is_in_cycle"]:
            inviter = world.users[at]["inviter_user_id"]
            if inviter is None or inviter == at or inviter not in world.users or inviter in seen:
                break
            steps, at = steps + 1, inviter
            seen.add(at)
        cell = found[at]
        cell[0] += 1
        cell[1] = max(cell[1], steps)
        cell[2] += steps
    return {root: tuple(cell) for root, cell in found.items()}
