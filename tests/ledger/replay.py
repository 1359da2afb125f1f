"""The rewards ledger of a user, event by event: what the models say with windows over all of time, done one thing after another.

Written from the rules (marts/models/gold/rewards/rewards.yml), not from the models. Amounts are Decimal, moments are naive UTC.
"""

import heapq
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

NOTHING = Decimal(0)
# What happens at one moment happens in this order.
SCHOOL, TAKE, EXPIRY, VEST, OUT, BACK = range(6)
# Who asks for more than there is so often gets nothing more.
MOST_REFUSALS = 3


@dataclass
class Terms:
    vest_days: int = 14
    expiry_days: int = 365
    moves: bool = True


@dataclass
class Lot:
    lot_id: str
    entry_type: str
    earned_at: datetime
    school: str | None
    funding: str
    source: tuple = ("", "")
    pending: Decimal = NOTHING
    vests_at: datetime | None = None
    receipt_id: str | None = None


@dataclass
class Piece:
    """An amount of a lot (None: owed, covered by nothing yet), at a school."""

    lot: Lot | None
    amount: Decimal
    school: str | None
    expires_at: datetime | None = None


@dataclass
class CashOut:
    requested: Decimal = NOTHING
    set_aside: list = field(default_factory=list)
    # The payments since the last return, as (when, pieces).
    paid: list = field(default_factory=list)
    cancelled: bool = False


class Ledger:
    """One user's. `entries`: (entry type, account, lot, school, amount, moment, cash-out)."""

    def __init__(self, user_id, terms, schools):
        self.user_id = user_id
        self.terms = terms
        # [(from, school)], the first from the beginning of time.
        self.schools = schools
        self.entries = defaultdict(lambda: NOTHING)
        self.lots = {}
        self.queue = []
        self.owed = []
        self.cash_outs = defaultdict(CashOut)
        self.refusals = []
        self.latest_expiry = datetime.min
        self.ahead = []
        self.count = 0

    # What will happen, in order.

    def at(self, moment, place, name, do, *arguments):
        self.count += 1
        heapq.heappush(self.ahead, (moment, place, name, self.count, do, arguments))

    def run(self, until):
        """Everything that happens before `until`."""
        for moment, school in self.schools[1:]:
            self.at(moment, SCHOOL, "", self.change_school, school)
        while self.ahead and self.ahead[0][0] < until:
            moment, _, name, _, do, arguments = heapq.heappop(self.ahead)
            self.now = moment
            do(name, *arguments)

    # Accounts.

    def move(self, kind, piece, source, target, lot=..., cash_out=None, school=...):
        lot = piece.lot if lot is ... else lot
        school = piece.school if school is ... else school
        lot_id = lot.lot_id if lot else None
        here, there = school if isinstance(school, tuple) else (school, school)
        for account, at, amount in ((source, here, -piece.amount), (target, there, piece.amount)):
            self.entries[kind, account, lot_id, at, self.now, cash_out] += amount

    @property
    def available(self):
        return sum((p.amount for p in self.queue), NOTHING)

    def school_at(self, moment):
        return [school for since, school in self.schools if since <= moment][-1]

    def school_of(self, lot, moment):
        changes = [school for since, school in self.schools[1:] if lot.earned_at < since <= moment]
        return changes[-1] if changes and self.terms.moves else lot.school

    # What happens.

    def earn(self, name, entry_type, amount, funding, source, receipt_id=None):
        lot = Lot(name, entry_type, self.now, self.school_at(self.now), funding, source, amount, receipt_id=receipt_id)
        lot.vests_at = self.now + timedelta(days=self.terms.vest_days)
        self.lots[name] = lot
        self.move(entry_type, Piece(lot, amount, lot.school), "funding", "pending")
        self.at(lot.vests_at, VEST, name, self.vest)

    def vest(self, name):
        lot = self.lots[name]
        if lot.pending <= 0:
            return
        piece = Piece(lot, lot.pending, self.school_of(lot, self.now))
        self.move("vest", piece, "pending", "available")
        lot.pending = NOTHING
        self.arrive([piece], lot.earned_at + timedelta(days=self.terms.expiry_days))

    def arrive(self, pieces, expires_at):
        """Into the available balance; what is owed comes first."""
        self.latest_expiry = max(self.latest_expiry, expires_at)
        for piece in pieces:
            piece.expires_at = self.latest_expiry
            while piece.amount > 0 and self.owed:
                debt, others = self.owed[0]
                amount = min(debt.amount, piece.amount)
                self.move("recovery", Piece(piece.lot, amount, piece.school), "available", "recoverable", cash_out=others)
                # What is owed no more was taken from this lot after all.
                self.cover(debt, piece, amount)
                piece.amount -= amount
            if piece.amount > 0:
                self.queue.append(piece)
        self.at(self.latest_expiry, EXPIRY, "", self.expire)

    def cover(self, debt, piece, amount):
        covered = Piece(piece.lot, amount, self.school_of(piece.lot, debt.left_at))
        holder = debt.holder
        holder.insert(next(i for i, held in enumerate(holder) if held is debt), covered)
        debt.amount -= amount
        if debt.amount == 0:
            del holder[next(i for i, held in enumerate(holder) if held is debt)]
            self.owed.pop(0)

    def take(self, amount):
        """The oldest of what is available, as pieces; the rest is owed."""
        taken = []
        while amount > 0 and self.queue:
            first = self.queue[0]
            part = min(first.amount, amount)
            taken.append(Piece(first.lot, part, first.school))
            first.amount -= part
            amount -= part
            if first.amount == 0:
                self.queue.pop(0)
        return taken, amount

    def leave(self, kind, amount, target, cash_out=None):
        taken, rest = self.take(amount)
        for piece in taken:
            self.move(kind, piece, "available", target, cash_out=cash_out)
        if rest > 0:
            debt = Piece(None, rest, self.school_at(self.now))
            debt.holder, debt.left_at = taken, self.now
            taken.append(debt)
            self.owed.append((debt, cash_out))
            self.move(kind, debt, "recoverable", target, cash_out=cash_out)
        return taken

    def expire(self, _):
        while self.queue and self.queue[0].expires_at <= self.now:
            self.move("expiry", self.queue.pop(0), "available", "expired")

    def change_school(self, _, school):
        if not self.terms.moves:
            return
        pending = [Piece(lot, lot.pending, self.school_of(lot, self.now - timedelta(microseconds=1))) for lot in self.lots.values()]
        for account, pieces in (("pending", pending), ("available", self.queue)):
            for piece in pieces:
                if piece.amount > 0 and piece.school != school:
                    self.move("school_transfer", piece, account, account, school=(piece.school, school))
                    piece.school = school

    def reject(self, _, receipt_id):
        for lot in [lot for lot in self.lots.values() if lot.receipt_id == receipt_id]:
            if lot.vests_at > self.now:
                piece = Piece(lot, lot.pending, self.school_of(lot, self.now))
                if lot.pending > 0:
                    self.move("reversal", piece, "pending", "funding")
                lot.pending = NOTHING
                lot.vests_at = datetime.max
            elif lot.vests_at != datetime.max:
                # What had vested of it.
                self.at(self.now, OUT, f"reversal:{lot.lot_id}", lambda _, lot=lot: self.leave("reversal", self.vested(lot), "funding"))

    def vested(self, lot):
        return sum((a for (kind, account, name, *_), a in self.entries.items() if (kind, account, name) == ("vest", "available", lot.lot_id)), NOTHING)

    def claw_back(self, _, source, amount):
        for lot in self.lots.values():
            if lot.source == source and lot.pending > 0 and lot.vests_at > self.now:
                part = min(lot.pending, amount)
                self.move("clawback", Piece(lot, part, self.school_of(lot, self.now)), "pending", "clawed_back")
                lot.pending -= part
                amount -= part
        if amount > 0:
            self.at(self.now, OUT, _, lambda _: self.leave("clawback", amount, "clawed_back"))

    def adjust(self, name, amount):
        self.leave("adjustment", amount, "funding")

    def unearn(self, name, amount):
        self.leave("accrual", amount, "funding")

    def request(self, _, cash_out_id, amount):
        cash_out = self.cash_outs[cash_out_id]
        if cash_out.requested or cash_out_id in self.refusals:
            return
        if len(self.refusals) >= MOST_REFUSALS or self.available < amount:
            self.refusals.append(cash_out_id)
            return
        cash_out.requested = amount
        cash_out.set_aside = self.leave("cash_out_request", amount, "in_settlement", cash_out_id)

    def pay(self, _, cash_out_id, amount):
        cash_out = self.cash_outs[cash_out_id]
        pieces = []
        while amount > 0 and cash_out.set_aside:
            first = cash_out.set_aside[0]
            part = min(first.amount, amount)
            pieces.append(Piece(first.lot, part, first.school))
            self.move("cash_out_paid", pieces[-1], "in_settlement", "paid", cash_out=cash_out_id)
            first.amount -= part
            amount -= part
            if first.amount == 0:
                cash_out.set_aside.pop(0)
        cash_out.paid.append(pieces)
        if amount > 0:
            cash_out.paid.append(self.leave("cash_out_paid", amount, "paid", cash_out_id))

    def cancel(self, name, cash_out_id):
        cash_out = self.cash_outs[cash_out_id]
        pieces, cash_out.set_aside = cash_out.set_aside, []
        self.come_back(name, "cash_out_cancelled", "in_settlement", pieces, cash_out_id)

    def give_back(self, name, cash_out_id):
        cash_out = self.cash_outs[cash_out_id]
        groups, cash_out.paid = cash_out.paid, []
        self.come_back(name, "cash_out_returned", "paid", [p for pieces in groups for p in pieces], cash_out_id)

    def come_back(self, name, kind, account, pieces, cash_out_id):
        back = []
        for piece in pieces:
            if piece.lot is None:
                here = self.school_at(self.now)
                piece = Piece(Lot(f"returned:{name}", "returned", self.now, here, "programme"), piece.amount, piece.school)
            else:
                here = self.school_of(piece.lot, self.now)
            self.move(kind, piece, account, "available", cash_out=cash_out_id)
            if here != piece.school:
                self.move("school_transfer", piece, "available", "available", school=(piece.school, here), cash_out=cash_out_id)
            back.append(Piece(piece.lot, piece.amount, here))
        if back:
            self.arrive(back, self.now + timedelta(days=self.terms.expiry_days - self.terms.vest_days))

    # What came of it.

    def rows(self):
        """The entries as {(entry type, account, lot, school, moment, cash-out): amount}, without those that are nothing."""
        rows = defaultdict(lambda: NOTHING)
        for (kind, account, lot, school, moment, cash_out), amount in self.entries.items():
            rows[kind, account, lot, school, moment, cash_out] += amount
        return {key: amount for key, amount in rows.items() if amount != 0}
