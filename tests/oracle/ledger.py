"""Money of one customer: purchases, costs, invoices and slow payment (domain.md 4.3)."""
from model import half_away

MICRO = 1_000_000
DAY = 86_400_000
YEAR_MS = 365 * DAY
CATEGORIES = ("sales", "proposals", "visits", "marketing", "low_order_quantity", "unpredictable_orders", "special_discounts", "slow_payment")
LEDGERS = ("revenue", "cost", "effort", "purchases")


class Fact:
    """Money that moved at an instant; `step` counts the events of the customer up to the one it came with."""

    def __init__(self, a, step, category=None, ledgers=(), **amounts):
        self.a, self.tick, self.ts, self.step, self.category, self.ledgers = a, a.tick, a.ts, step, category, ledgers
        self.amounts = {**dict.fromkeys(LEDGERS, 0), **amounts}
        self.amounts["margin"] = self.amounts["revenue"] - self.amounts["cost"] - self.amounts["effort"]
        self.gone_tick = self.gone_step = None

    def seen(self, t):
        return self.tick <= t and (self.gone_tick is None or t < self.gone_tick)

    def seen_after(self, steps):
        return self.step <= steps and (self.gone_step is None or steps < self.gone_step)


class Invoice:
    """All that was told of it; what of it is unpaid, from step to step."""

    def __init__(self):
        self.told = []  # bills and payments by ts, those of one instant as they came
        self.log = []   # (tick, step, unpaid, due, ts)
        self.slow = {}  # id of a payment -> the fact of what it cost to pay so late

    def take(self, a, step):
        self.told = sorted([*self.told, a], key=lambda x: x.ts)
        self.log.append((a.tick, step, *self.after(self.told)[:2], a.ts))

    def at(self, holds):
        return next((x[2:4] for x in reversed(self.log) if holds(x)), (0, 0))

    @staticmethod
    def after(told):
        """What is unpaid after all that, and due when; what the last one of it has paid. A payment before any bill pays nothing."""
        amount = paid = due = part = 0
        for a in told:
            part = 0
            if a.e["kind"] == "invoice":
                amount, due = a.e["amount"], a.e["due"]
            else:
                part = min(max(0, a.e["amount"]), max(0, amount - paid))
                paid += part
        return max(0, amount - paid), due, part

    def payments(self):
        """Each payment, and what it has paid how late, in amount times ms."""
        for i, a in enumerate(self.told):
            if a.e["kind"] == "payment":
                _, due, part = self.after(self.told[:i + 1])
                yield a, part * max(0, a.ts - due)


class Ledger:
    def __init__(self, customer):
        self.customer, self.model = customer, customer.model
        self.facts, self.invoices = [], {}

    def step(self):
        return len(self.customer.steps) + 1

    def apply(self, a, _scopes):
        e = a.e
        if e["kind"] == "purchase":
            self.facts.append(Fact(a, self.step(), None, ("revenue", "cost", "margin", "purchases"), revenue=e["revenue"], cost=e.get("cost", 0), purchases=1))
        elif e["kind"] == "cost":
            self.effort(a, e["category"] if e["category"] in CATEGORIES else "other", e["amount"])
        elif e["kind"] in ("invoice", "payment"):
            self.bill(a, self.invoices.setdefault(e["invoice"], Invoice()))

    def effort(self, a, category, amount):
        self.facts.append(Fact(a, self.step(), category, ("effort", "margin"), effort=amount))

    def bill(self, a, i):
        """What a payment cost to be late is another thing where something before it comes later."""
        i.take(a, self.step())
        for payment, late in i.payments():
            cost, was = half_away(self.priced(late)), i.slow.get(id(payment))
            if cost == (was.amounts["effort"] if was else 0):
                continue
            if was:
                was.gone_tick, was.gone_step = a.tick, self.step()
                del i.slow[id(payment)]
            if cost:
                i.slow[id(payment)] = Fact(payment, self.step(), "slow_payment", ("effort", "margin"), effort=cost)
                i.slow[id(payment)].tick = a.tick
                self.facts.append(i.slow[id(payment)])

    def priced(self, amount_ms):
        return amount_ms and amount_ms * self.model.cost_of_capital / YEAR_MS  # mostly nothing: then sums stay integers

    def cancel(self, bought, a):
        for f in self.facts:
            if f.a is bought:
                f.gone_tick, f.gone_step = a.tick, self.step()

    # at an instant, from definitions

    def running(self, t):
        """Slow payment of what is unpaid and overdue at t, in micro units, exact."""
        return self.priced(sum(unpaid * max(0, t - due) for unpaid, due in self.unpaid(t)))

    def unpaid(self, t):
        return [i.at(lambda x: x[0] <= t) for i in self.invoices.values()]

    def overdue(self, t):
        return sum(unpaid > 0 and due < t for unpaid, due in self.unpaid(t))

    def told(self, ledger, t, horizon):
        """The total a sketch holds: slow payment as of some instant between the last event, due or beginning of a day, and t."""
        if ledger not in ("margin", "effort"):
            return [self.total(ledger, t, horizon)] * 2
        last = next((a for a, _ in reversed(self.customer.steps) if a.tick <= t), None)
        begin = last.at if last else 0
        dues = (due for unpaid, due in self.unpaid(t) if unpaid > 0)  # what fell due before was told with the last event
        heard = [last.ts if last else 0, *(x for x in (*dues, (t - 1) // DAY * DAY) if begin <= x < t)]
        now = self.total(ledger, t, horizon)
        grown = self.priced(sum(unpaid * (max(0, t - due) - max(0, max(heard) - due)) for unpaid, due in self.unpaid(t)))
        return [now - {"margin": -1, "effort": 1}[ledger] * grown, now]

    def total(self, ledger, t, horizon=None):
        booked = sum(f.amounts[ledger] for f in self.facts if f.seen(t) and (horizon is None or horizon.holds(f.ts, t)))
        return booked + {"margin": -1, "effort": 1}.get(ledger, 0) * self.running(t)

    def has(self, ledger, t, horizon):
        """An event of the ledger in the window, or slow payment that runs."""
        return (any(ledger in f.ledgers and f.seen(t) and horizon.holds(f.ts, t) for f in self.facts)
                or (ledger in ("margin", "effort") and self.running(t) > 0))

    def costs(self, t):
        out = {}
        for f in self.facts:
            if f.category and f.seen(t):
                out[f.category] = out.get(f.category, 0) + f.amounts["effort"]
        running = self.running(t)
        if running:
            out["slow_payment"] = out.get("slow_payment", 0) + running
        return {name: float(x) / MICRO for name, x in out.items() if x}

    def overdue_cost(self, t):
        return sum(f.amounts["effort"] for f in self.facts if f.category == "slow_payment" and f.seen(t)) + self.running(t)

    # as a stock: what it is after so many steps, at an instant

    def dues(self):
        return {due for i in self.invoices.values() for _, _, unpaid, due, _ in i.log if unpaid > 0}

    def share_at(self, m, h, steps, now):
        running = [(unpaid, due) for unpaid, due in (i.at(lambda x: x[1] <= steps) for i in self.invoices.values()) if unpaid > 0 and due <= now]
        seen = [f for f in self.facts if f.seen_after(steps) and h.edge(f.ts) > now]
        out = []
        for ledger in m.ledgers:
            has = any(ledger in f.ledgers for f in seen) or bool(running and ledger in ("margin", "effort"))
            out.append((has, sum(f.amounts[ledger] for f in seen), running if ledger in ("margin", "effort") else None))
        if m.aggregation == "ratio":
            total = out[0][1] + ({"margin": -1, "effort": 1}.get(m.ledgers[0], 0)) * self.priced(sum(u * (now - d) for u, d in running))
            return repr(out[0][1:]), m.bound(total)
        if m.aggregation == "mean":
            return repr(out[0][1:])
        if m.aggregation in ("concentration", "mismatch") and not any(has for has, _, _ in out):
            return None
        return repr(out)

    def unprofitable_since(self, t, horizon):
        """The event, or the first ms after one, with which what the horizon holds sank below 0; what a correction moves is not judged again."""
        since, now, steps = None, 0, [a for a, _ in self.customer.steps if a.tick <= t]
        for i, a in enumerate(steps):
            since, now = self.time_passes(i, horizon, now, a.at - 1, since), max(now, a.at)
            if self.margin_then(i + 1, horizon, now) >= 0:
                since = None
            elif since is None:
                since = a.ts if self.margin_then(i + 1, horizon, now, a.ts) < 0 else self.time_passes(i + 1, horizon, a.ts, now, None)
        return self.time_passes(len(steps), horizon, now, t, since)

    def time_passes(self, steps, horizon, begin, end, since):
        """Panes leave and invoices run from begin to end: between two such instants the margin only falls."""
        moments = {horizon.edge(f.ts) for f in self.facts if f.seen_after(steps)} | self.dues()
        moments = [begin, *sorted(x for x in moments if begin < x < end)]
        for first, after in zip(moments, [*moments[1:], end + 1]):
            if self.margin_then(steps, horizon, first) >= 0 and first > begin:
                since = None
            if since is None:
                since = self.below_zero(steps, horizon, first, after - 1)
        return since

    def below_zero(self, steps, horizon, low, high):
        """The first ms with a margin below 0."""
        if low > high or self.margin_then(steps, horizon, high) >= 0:
            return None
        while low < high:
            middle = (low + high) // 2
            if self.margin_then(steps, horizon, middle) < 0:
                high = middle
            else:
                low = middle + 1
        return low

    def margin_then(self, steps, horizon, now, until=None):
        """What the horizon holds at an instant; until: invoices have run to that one only, as for a straggler of then."""
        booked = sum(f.amounts["margin"] for f in self.facts if f.seen_after(steps) and now < horizon.edge(f.ts))
        unpaid = [i.at(lambda x: x[1] <= steps) for i in self.invoices.values()]
        return booked - self.priced(sum(u * max(0, (now if until is None else until) - due) for u, due in unpaid))
