"""One life of a customer, from its first event to its erasure: its parts are fed with every event, and its stocks move with it."""
from basis import CONTACTS
from cases import Cases
from grid import Horizon
from kinds import CUSTOMER_KEEPS
from ledger import Ledger
from model import listed, matches
from pairs import Gaps, Gauges, Promises
from points import Points
from record import Card
from world import Entity, timer_tick


def apply_to_customer(world, a):
    """An erasure ends a life; what comes after it with a ts not above its own counts in flows alone."""
    lives = world.customers.setdefault(a.e["entity"], [])
    gone = [c for c in lives if c.erased and a.ts <= c.erased.ts]
    if gone:
        gone[-1].after_erasure(a)
        return
    if not lives or lives[-1].erased:
        lives.append(Customer(world, a.e["entity"]))
    lives[-1].apply(a)


class Customer(Entity):
    def __init__(self, world, name):
        super().__init__(world, name, CUSTOMER_KEEPS)
        self.acts = []      # (tick, ts, event)
        self.steps = []     # (applied, scopes after it)
        self.orders = {}    # order -> [(applied, what it made)]
        self.cancelled = {} # order -> [applied] cancellations that took nothing back
        self.erased = None
        self.latest = None  # (ts, whether it is an act): of its acts and churns the one that says whether it is there
        self.points, self.ledger, self.cases = Points(self), Ledger(self), Cases(self)
        self.promises, self.gaps, self.gauges = Promises(self), Gaps(self), Gauges(self)
        self.card = Card(self)

    def apply(self, a):
        self.cases.fire_finals(a.at)
        before, stood = self.stocks(), self.stay()
        self.made = []
        self.move(a)
        scopes = self.apply_flows(a)
        if a.e["act"]:
            self.come(a)
        if self.model.lends and a.e["kind"] in CONTACTS and "department" in a.e:
            for s in scopes:
                self.world.served.setdefault(s, []).append((a.tick, a.ts, a.e["department"]))
                self.world.touch(s, "served", a.tick)
        for part in (self.points, self.ledger, self.cases, self.promises, self.gaps, self.gauges, self.card):
            part.apply(a, scopes)
        self.orders_apply(a)
        self.churn(a, scopes)
        if a.e["kind"] == "customer.erase":
            self.erase(a)
        self.steps.append((a, () if self.erased else self.scopes()))
        self.change(before, self.stocks(), a)
        self.model.observed.move(a, stood, self.stay())

    def after_erasure(self, a):
        self.made = []
        scopes = self.model.scope_keys({d: v for d, v in a.e.items() if d in self.model.dimensions})
        for name, what in self.world.flows_of(a.e):
            self.row(scopes, name, a.tick, a.ts, what)
        if a.straggler:
            for s in scopes:
                self.world.revisions.setdefault(s, []).append(a.tick)
                self.world.touch(s, "", a.tick)

    # purchases and their cancellation

    def orders_apply(self, a):
        if a.e["kind"] == "purchase":
            self.buy(a)
        if a.e["kind"] == "order.cancelled":
            kept = self.orders.get(a.e["order"], [])
            cancelled = [x for x in kept if self.in_time(x[0], a)]
            passed_on = [(x[0], self.points.passed_on(x[0])) for x in cancelled]
            for bought in cancelled:
                kept.remove(bought)
                self.cancel(*bought, a)
            for lost, rules in passed_on:
                self.pass_on(lost, rules, a)
            self.cancelled.setdefault(a.e["order"], []).append(a)

    def in_time(self, bought, a):
        return self.model.cancel_within and bought.ts <= a.ts <= bought.ts + self.model.cancel_within

    def buy(self, a):
        """It may be cancelled before word of it comes."""
        if any(self.in_time(a, x) for x in self.cancelled.get(a.e["order"], [])):
            self.cancel(a, self.made, a)
        else:
            self.orders.setdefault(a.e["order"], []).append((a, self.made))

    def cancel(self, bought, made, a):
        for row in made:
            self.world.take_back(row, a)
        self.points.cancel(bought, a)
        self.ledger.cancel(bought, a)

    def pass_on(self, lost, rules, a):
        """Other purchases earn what one that is cancelled kept from them: that came when it counted, and might be cancelled yet."""
        others = [x for kept in self.orders.values() for x in kept]
        for bought, made in sorted(others, key=lambda x: x[0].ts) if rules else []:
            if bought.ts >= max(lost.ts - self.model.time["lateness"], a.ts - self.model.cancel_within):
                made.extend(self.points.inherit(rules, lost, bought, a))

    def cancelled_by(self, t):
        return self.ledger.cancelled_by(t)

    # stocks

    @property
    def present(self):
        """From its first act until it churns, and again when it acts after that, whenever word of it comes."""
        return not self.erased and self.latest is not None and self.latest[1]

    def come(self, a):
        """An act older than the first known, or than the churn of one who was nobody, tells of a stay that ended when that was."""
        known = min((ts for _, ts, _ in self.acts), default=self.latest[0] if self.latest else a.ts)
        if a.ts < known:
            self.world.stay(self.scopes(), "customers", a, known, self.lookers("customers"))
            self.model.observed.stayed(a, known, self.dims().get("segment"))
        self.acts.append((a.tick, a.ts, a.e))
        self.say(a)

    def say(self, a):
        if self.latest is None or a.ts >= self.latest[0]:
            self.latest = (a.ts, a.e["act"])

    def churn(self, a, scopes):
        if a.e["kind"] != "churn":
            return
        counts = self.present and a.ts >= min(ts for _, ts, _ in self.acts)
        self.say(a)
        if counts:
            self.model.observed.churned(a, {**self.dims(), **a.e}.get("segment"))
            for m in self.model.measures:
                if m.aggregation == "churn":
                    self.row(scopes, m.name, a.tick, a.ts, {"entity": self.name})

    def erase(self, a):
        self.erased = a
        self.log.put(a.tick, set())
        self.cases.erase(a)
        self.promises.erase(a)

    def stay(self):
        """The segment in which it is a customer, of which there may be none; None when it is none."""
        return (self.dims().get("segment"),) if self.present else None

    def stocks(self):
        if self.erased:
            return (), {}
        out = {("gauge", name): value for name, value in self.gauges.latest.items()}
        out.update({("gauged", name): 1 for name in self.gauges.latest})
        if self.present:
            out["customers"] = 1
        return tuple(self.scopes()), out

    def change(self, before, after, a):
        for s in sorted({*before[0], *after[0]}):
            was, now = (x[1] if s in x[0] else {} for x in (before, after))
            for whose in {*was, *now}:
                delta = now.get(whose, 0) - was.get(whose, 0)
                if delta or (whose in was) != (whose in now):
                    self.world.be([s], whose, a, delta, self.lookers(whose))

    def lookers(self, whose):
        return [m for m in self.model.measures if (m.aggregation == "churn" if whose == "customers" else m.name == whose[1])]

    def active_in(self, horizon, t, kinds=None, where=None):
        return any(tick <= t and horizon.holds(ts, t) and (kinds is None or (e["kind"] in kinds and matches(e, where))) for tick, ts, e in reversed(self.acts))

    def touch_stocks(self):
        """A row of a figure over customers: whenever what this one adds to it becomes another; by time alone it makes nothing fresh."""
        for m in self.model.measures:
            if m.stocking:
                for h in m.horizons:
                    before = {}
                    for tick, ts, share, scopes, by_event in self.shares(m, h):
                        now = dict.fromkeys(scopes, share) if share is not None else {}
                        was, is_ = ({s: x for s, x in of.items() if not self.left(m, x, ts)} for of in (before, now))
                        for s in {*was, *is_}:
                            if was.get(s) != is_.get(s):
                                self.world.touch(s, m.name, tick, by_event)
                        before = now

    @staticmethod
    def left(m, share, ts):
        """An act that had left all windows before an event moves with it no more."""
        return m.aggregation == "active" and all(h.edge(share) <= ts for h in m.horizons)

    def shares(self, m, h):
        """(tick, instant, share, scopes, whether by an event) after every event, after every pane that leaves, and where slow payment crosses a bound."""
        now, scopes = 0, ()
        edges = sorted({*(h.edge(a.ts) for a, _ in self.steps), *self.ledger.dues()}) if m.aggregation != "active" else []
        for i, (a, after) in enumerate(self.steps):
            for edge in self.moments(m, h, i, now, a.at, edges):
                yield timer_tick(self.world, edge), edge, self.share_at(m, h, i, edge), scopes, False
            now, scopes = max(now, a.at), after
            yield a.tick, a.ts, self.share_at(m, h, i + 1, now), scopes, True
        for edge in self.moments(m, h, len(self.steps), now, float("inf"), edges):
            yield timer_tick(self.world, edge), edge, self.share_at(m, h, len(self.steps), edge), scopes, False

    def moments(self, m, h, steps, begin, end, edges):
        inside = [x for x in edges if begin < x <= end]
        if m.aggregation != "ratio" or not self.ledger.invoices:
            return inside
        return sorted({*inside, *(x for low, high in zip([begin, *inside], [*inside, min(end, begin + h.window)]) for x in self.crossing(m, h, steps, low, high - 1))})

    def crossing(self, m, h, steps, low, high):
        """The first ms after low, up to high, at which the share is another; between panes it changes once at most."""
        before = self.share_at(m, h, steps, low)
        if high <= low or self.share_at(m, h, steps, high) == before:
            return []
        while low + 1 < high:
            middle = (low + high) // 2
            if self.share_at(m, h, steps, middle) == before:
                low = middle
            else:
                high = middle
        return [high]

    def share_at(self, m, h, steps, now):
        if m.aggregation == "active":
            return self.last_act(m, [a for a, _ in self.steps[:steps]])
        seen = [a for a, _ in self.steps[:steps] if h.edge(a.ts) > now]
        if m.aggregation in ("mean", "ratio") and not any(a.e["act"] for a in seen):
            return None
        return self.ledger.share_at(m, h, steps, now)

    @staticmethod
    def last_act(m, seen):
        kinds = m.from_.get("kind")
        return max((a.ts for a in seen if (a.e["kind"] in listed(kinds) if kinds else a.e["act"]) and matches(a.e, m.from_.get("where"))), default=None)

    def known(self, t):
        return bool(self.steps) and self.steps[0][0].tick <= t and not (self.erased and self.erased.tick <= t)


YEAR = Horizon("365d")
