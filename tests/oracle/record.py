"""What `cube.customers` says of a customer (contract section 5)."""
from grid import Horizon
from sketches import Between

MICRO = 1_000_000
YEAR = Horizon("365d")
UNITS_MAX = 8


class Card:
    """What is published and is of no other part: flags, renewal, value delivered, products."""

    def __init__(self, customer):
        self.customer, self.model = customer, customer.model
        self.strategic, self.renewals, self.churns, self.delivered, self.bought = [], [], [], [], []

    def apply(self, a, _scopes):
        e = a.e
        if "strategic" in e:
            self.strategic.append((a.tick, (a.ts, e["id"].encode()), e["strategic"]))
        if e["kind"] == "contract.renewal":
            self.renewals.append((a.tick, (a.ts, e["id"].encode()), e["due"]))
        if e["kind"] == "churn" or e["act"]:
            self.churns.append((a.tick, a.ts, e["kind"] == "churn"))
        if e["kind"] == "value.delivered":
            self.delivered.append((a.tick, e["unit"], e["amount"]))
        if e["kind"] == "purchase" and "product_group" in e:
            self.bought.append((a, e["product_group"]))

    def is_strategic(self, t):
        known = [(stamp, yes) for tick, stamp, yes in self.strategic if tick <= t]
        return bool(known) and max(known)[1]

    def units(self, t):
        """Per unit; the ninth and later units are `other`."""
        out, names = {}, []
        for tick, unit, amount in self.delivered:
            if tick <= t:
                if unit not in names and len(names) < UNITS_MAX and unit != "other":
                    names.append(unit)
                key = unit if unit in names else "other"
                out[key] = out.get(key, 0) + amount
        return {unit: amount / MICRO for unit, amount in out.items()}

    def products(self, t):
        facts = {id(f.a): f for f in self.customer.ledger.facts}
        return len({group for a, group in self.bought if facts[id(a)].seen(t)})

    @staticmethod
    def engaged(balance):
        if not isinstance(balance, Between):
            return balance > 0
        return balance.low > 0 if balance.low > 0 or balance.high < 1 else Between(0, 1)

    def record(self, t):
        c, ledger, model = self.customer, self.customer.ledger, self.model
        total, present = (float(ledger.total("margin", t, h)) / MICRO for h in (None, YEAR))
        future = present * model.multiple(c.dims_log.at(t), t)
        acts = [ts for tick, ts, _ in c.acts if tick <= t]
        balance = c.points.balance(t)
        out = {"v": 1, "customer": c.name, "as_of": t, "points": balance, "engaged": self.engaged(balance),
               "purchases": ledger.total("purchases", t), "revenue": ledger.total("revenue", t) / MICRO, "overdue_cost": float(ledger.overdue_cost(t)) / MICRO,
               "margin": {"total": total, "present": present, "future": future, "clv": model.clv},
               "class": "-".join("high" if x > 0 else "low" for x in (present, future)), "effort": float(ledger.total("effort", t)) / MICRO,
               "open": {"requests": c.promises.open_requests(t), "overdue": ledger.overdue(t), "contacts": c.cases.waiting(t)},
               "dimensions": dict(c.dims_log.at(t))}
        if acts:
            out.update({"first_seen": min(acts), "last_seen": max(acts)})
        strategic = self.is_strategic(t)
        if present < 0 and not strategic:
            out["unprofitable_since"] = ledger.unprofitable_since(t, YEAR)
        return {**out, **self.more(t, strategic)}

    def more(self, t, strategic):
        out = {"costs": self.customer.ledger.costs(t), "delivered": self.units(t), "products": self.products(t)}
        if strategic:
            out["strategic"] = True
        renewals = [(stamp, due) for tick, stamp, due in self.renewals if tick <= t]
        if renewals:
            out["renewal"] = max(renewals)[1]
        if self.is_churned(t):
            out["churned"] = True
        return out

    def is_churned(self, t):
        """A churn not before the last act; an act not before the churn, applied after it, ends that."""
        churned, last_churn, last_act = False, None, -1
        for tick, ts, is_churn in self.churns:
            if tick > t:
                break
            if is_churn:
                last_churn = max(ts, last_churn or 0)
                churned = churned or ts >= last_act
            else:
                last_act = max(last_act, ts)
                churned = churned and last_churn is not None and ts < last_churn
        return churned
