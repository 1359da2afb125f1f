"""Small worlds by chance, with everything in them that can go wrong with rewards, as landing files and as what a replay does."""

import csv
import json
import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal

from replay import BACK, OUT, TAKE, Ledger, Terms

ZERO = datetime(2024, 1, 3)
DAYS = 520
LAST = date(2025, 6, 30)
HEADERS = {
    "users": "user_id email signed_up_at state channel school_id inviter_user_id op updated_at",
    "schools": "school_id name district city county state grades students op updated_at",
    "products": "product_id name brand manufacturer_id department category product_type package_size is_eligible "
    "reward_per_unit funding_source op updated_at",
    "purchases": "purchase_id receipt_id user_id product_id retailer_id quantity amount discount purchased_at op updated_at",
    "referrals": "referral_id inviter_user_id invitee_key channel invited_at op updated_at",
    "events": "event_id event_type user_id occurred_at properties",
}
REWARDS = {"p1": ("0.2500", "Dairy"), "p2": ("1.3333", "Snacks"), "p3": ("4.0000", "Dairy"), "p4": ("0.0000", "")}


def text(moment):
    return moment.isoformat() + "Z"


class Small:
    """A world of a few users."""

    def __init__(self, seed, users=8, lines=25):
        self.chance = random.Random(seed)
        self.moments = set()
        self.rows = defaultdict(list)
        self.ledgers = {}
        self.first = {}
        for school in ("s1", "s2", "s3"):
            self.row("schools", school_id=school, name=school, op="I", updated_at=text(ZERO))
        for product, (reward, funding) in REWARDS.items():
            eligible = "true" if Decimal(reward) else "false"
            self.row(
                "products", product_id=product, name=product, department="Food", is_eligible=eligible, reward_per_unit=reward,
                funding_source=funding, op="I", updated_at=text(ZERO),
            )
        for number in range(1, users + 1):
            self.user(f"{seed}u{number}", lines)
        self.referrals(seed)

    def row(self, source, **values):
        self.rows[source].append([values.get(name, "") for name in HEADERS[source].split()])

    def moment(self, since=0):
        while True:
            at = ZERO + timedelta(days=self.chance.uniform(since, DAYS), seconds=self.chance.random())
            at = at.replace(microsecond=0)
            if at not in self.moments:
                self.moments.add(at)
                return at

    def event(self, user, kind, at, **properties):
        event_id = f"e{len(self.rows['events']) + 1:05}-{user}"
        self.row(
            "events", event_id=event_id, event_type=kind, user_id=user, occurred_at=text(at), properties=json.dumps(properties)
        )
        return event_id

    def user(self, user, lines):
        chance = self.chance
        school = chance.choice(["s1", "s2", "s3"])
        self.row(
            "users", user_id=user, email=f"{user}@example.com", signed_up_at=text(ZERO), state="NY", channel="organic",
            school_id=school, op="I", updated_at=text(ZERO),
        )
        schools = [(datetime.min, school)]
        for at in sorted(self.moment(1) for _ in range(chance.choice([0, 0, 1, 2]))):
            other = chance.choice([s for s in ("s1", "s2", "s3") if s != schools[-1][1]])
            schools.append((at, other))
            self.event(user, "school_changed", at, school_id=other)
        ledger = self.ledgers[user] = Ledger(user, Terms(), schools)
        for n in range(chance.randint(0, lines)):
            self.purchase(user, ledger, n)
        for n in range(chance.randint(0, 8)):
            self.cash_out(user, ledger, n)
        for _ in range(chance.randint(0, 3)):
            amount = Decimal(chance.choice(["3.50", "-2.00", "-9.25", "12.00"]))
            at = self.moment(1)
            name = self.event(user, "reward_adjusted", at, amount=str(amount), reason="goodwill")
            if amount > 0:
                ledger.at(at, TAKE, f"adjustment:{name}", ledger.earn, "adjustment", amount, "programme", ("event", name))
            else:
                ledger.at(at, OUT, name, ledger.adjust, -amount)

    def purchase(self, user, ledger, n):
        chance = self.chance
        at = self.moment(1)
        purchase_id, receipt_id = f"{user}-{n}", f"r{user}-{n}"
        product = chance.choice(list(REWARDS))
        reward, funding = REWARDS[product]
        quantity = chance.choice([1, 1, 2, 3, 5, 0, -1])
        self.row(
            "purchases", purchase_id=purchase_id, receipt_id=receipt_id, user_id=user, product_id=product, retailer_id="rt1",
            quantity=quantity, amount="9.99", discount="0", purchased_at=text(at), op="I", updated_at=text(at),
        )
        then = (at + timedelta(days=chance.choice([0.5, 3, 13.9, 20, 100]))).replace(microsecond=0)
        # What would happen after the last day does not land.
        rejected = chance.random() < 0.15 and then.date() < LAST
        amount = Decimal(reward) * quantity
        name = f"purchase:{purchase_id}"
        if amount > 0:
            ledger.at(at, TAKE, name, ledger.earn, "accrual", amount, funding, ("purchase", purchase_id), receipt_id)
            if chance.random() < 0.2:
                clawed = (at + timedelta(days=chance.uniform(0, 60))).replace(microsecond=0)
                part = chance.choice([amount, (amount / 2).quantize(Decimal("0.0001")), amount * 2])
                event = self.event(
                    user, "reward_clawed_back", clawed, source_type="purchase", source_id=purchase_id, amount=str(part), reason="f"
                )
                ledger.at(clawed, TAKE, event, ledger.claw_back, ("purchase", purchase_id), part)
        elif amount < 0 and not rejected:
            ledger.at(at, OUT, name, ledger.unearn, -amount)
        if rejected:
            self.event(user, "receipt_rejected", then, receipt_id=receipt_id, reason="unreadable")
            if amount > 0:
                ledger.at(then, TAKE, "", ledger.reject, receipt_id)
        else:
            self.first[user] = min(self.first.get(user, datetime.max), at)

    def cash_out(self, user, ledger, n):
        chance = self.chance
        cash_out = f"c{user}-{n}"
        at = self.moment(20)
        amount = Decimal(chance.choice(["1.00", "2.50", "5.00", "10.00", "20.00"]))
        known = chance.random() < 0.9
        if known:
            event = self.event(user, "cash_out_requested", at, cash_out_id=cash_out, amount=str(amount))
            ledger.at(at, OUT, event, ledger.request, cash_out, amount)
        for _ in range(chance.choice([0, 1, 1, 2, 3, 4])):
            at = (at + timedelta(days=chance.uniform(-1, 25))).replace(microsecond=0)
            what = chance.choice(["paid", "paid", "paid", "cancelled", "returned", "returned"])
            if what == "paid":
                paid = chance.choice([amount, amount, amount, amount / 2, amount + 3])
                event = self.event(
                    user, "cash_out_paid", at, cash_out_id=cash_out, settlement_id=f"st{n}", amount=str(paid), payment_ref="x"
                )
                ledger.at(at, OUT, event, ledger.pay, cash_out, paid)
            elif what == "cancelled":
                event = self.event(user, "cash_out_cancelled", at, cash_out_id=cash_out)
                ledger.at(at, BACK, event, ledger.cancel, cash_out)
            else:
                event = self.event(user, "cash_out_returned", at, cash_out_id=cash_out, reason="closed account")
                ledger.at(at, BACK, event, ledger.give_back, cash_out)

    def referrals(self, seed):
        users = list(self.ledgers)
        for number, (inviter, invitee) in enumerate(zip(users, users[1:] + users[:1])):
            if self.chance.random() < 0.4:
                continue
            referral = f"{seed}rf{number}"
            self.row("referrals", referral_id=referral, inviter_user_id=inviter, invitee_key="k", channel="sms",
                     invited_at=text(ZERO), op="I", updated_at=text(ZERO))
            self.event(invitee, "signed_up", ZERO, referral_id=referral)
            if invitee in self.first:
                at = self.first[invitee]
                for who, role, amount in ((inviter, "inviter", "5.00"), (invitee, "invitee", "2.50")):
                    ledger = self.ledgers[who]
                    ledger.at(at, TAKE, f"referral:{referral}:{role}", ledger.earn, "referral_bonus", Decimal(amount), "programme",
                              ("referral", referral))


def land(worlds, folder, parts=1, seed=0):
    """Writes the landing files of worlds, in so many parts by chance; the schools, products and users in the first. All land by LAST."""
    chance = random.Random(seed)
    for part in range(parts):
        (folder / f"part{part}").mkdir(parents=True)
    rows = {source: {} for source in HEADERS}
    for world in worlds:
        for source, of_world in world.rows.items():
            for row in of_world:
                rows[source].setdefault(tuple(map(str, row)), None)
    for source, header in HEADERS.items():
        split = defaultdict(list)
        for row in rows[source]:
            # The first part holds something of everything.
            split[chance.randrange(parts) if source in ("purchases", "events", "referrals") else 0].append(row)
        for part in range(parts):
            into = folder / f"part{part}" / source / f"dt={LAST}"
            if not split[part]:
                continue
            into.mkdir(parents=True)
            with open(into / f"{source}{part}.csv", "w", newline="") as file:
                out = csv.writer(file)
                out.writerow(header.split())
                out.writerows(split[part])
