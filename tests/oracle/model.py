"""The part of a configuration that has a meaning, from the map the test wrote."""
from fractions import Fraction

from calendars import Always, Calendar
from grid import Horizon, duration_ms, pane_of_window
from intake import IDS
from kinds import DIMENSIONS
from retention import Retention

PLAN = [
    {"kind": "newsletter.received", "points": 10, "per": "issue", "once": True},
    {"kind": "newsletter.opened", "points": 20, "per": "issue", "once": True},
    {"kind": "newsletter.read", "points": 30, "per": "issue", "once": True},
    {"kind": "social.follow", "points": 15, "once": True, "retracted_by": "social.unfollow"},
    {"kind": "social.like", "points": 10, "per": "ref", "once": True, "retracted_by": "social.unlike",
     "steps": {"field": "influence", "above": 35, "points": 20}},
    {"kind": "purchase", "points": 25, "per": "product_group", "once": True, "where": {"product_group": ["care", "lease"]}},
]
AXES = "EXV"


def listed(x):
    return x if isinstance(x, list) else [x]


NOT_FLOWS = ("points", "active", "first_time", "turnover", "headcount", "duration", "concentration", "mismatch", "churn", "absence", "time_to_productivity",
             "cost_per_hire", "gap", "growth")


class Measure:
    def __init__(self, m, calendars):
        m = {"class": "kpi", **m}
        self.m, self.name = m, m["name"]
        self.axis = m.get("axis", "none")
        self.aggregation = m["aggregation"]
        self.horizons = [Horizon(text, duration_ms(m["pane"]) if "pane" in m else None) for text in [m["window"], *m.get("horizons", [])]]
        self.score = (float(m["score"]["at0"]), float(m["score"]["at100"])) if "score" in m else None
        self.weight = float(m.get("weight", 1)) if self.axis != "none" else None
        self.min_n = m.get("min_n", 1)
        self.from_ = m.get("from", {})
        kinds = listed(self.from_.get("kind", []))
        self.private = m.get("class") == "hr" and any(k in ("survey", "enps") for k in kinds)
        self.ledgers = [x["ledger"] for x in (self.from_, m.get("by", {}), m.get("hits", {})) if "ledger" in x]
        self.stocking = self.aggregation == "active" or bool(self.ledgers)
        self.flowing = not self.ledgers and self.aggregation not in NOT_FLOWS
        self.recontact = duration_ms(m.get("recontact_window", "7d"))
        self.definition = m.get("definition", "confirmed")
        if self.aggregation == "duration":
            self.target_ms = duration_ms(m["target"])
            self.calendar = calendars[m["calendar"]] if "calendar" in m else Always()

    def bound(self, total):
        """Whether a customer's total (micro units; purchases: a count) lies within the bound of `hits`."""
        bound = {k: Fraction(str(v)) for k, v in self.m["hits"].items() if k != "ledger"}
        value = total if self.ledgers[0] == "purchases" else Fraction(total) / 1_000_000
        return (("above" not in bound or value > bound["above"]) and ("below" not in bound or value < bound["below"])
                and ("min" not in bound or value >= bound["min"]) and ("max" not in bound or value <= bound["max"]))

    def on_axis(self, axis):
        return self.axis == axis

    def score_of(self, value):
        at0, at100 = self.score
        return min(100.0, max(0.0, 100 * (value - at0) / (at100 - at0)))


def half_away(x):
    whole = int(abs(x) + Fraction(1, 2))
    return whole if x >= 0 else -whole


class Axis:
    def __init__(self, cube, name):
        own = {**cube, **cube.get("axes", {}).get(name, {})}
        self.name = name
        self.threshold = float(own.get("threshold", 50))
        self.hysteresis = float(own.get("hysteresis", 2))
        self.dwell = duration_ms(own.get("dwell", "1h"))
        self.certain = own.get("confidence", 0.95) != "none"
        self.min_coverage = own.get("min_coverage", 0.5)
        self.stale_after = duration_ms(own.get("stale_after", "7d"))


class Model:
    def __init__(self, config):
        self.config = config
        cube = config.get("cube", {})
        self.tick = duration_ms(cube.get("tick", "10s"))
        self.scopes = [listed(s) for s in config["scopes"]]
        self.zone = config.get("time_zone", "UTC")
        self.dimensions = DIMENSIONS
        calendars = {name: Calendar(c, self.zone) for name, c in config.get("calendars", {}).items()}
        self.measures = [Measure(m, calendars) for m in config["measures"]]
        self.axes = [Axis(cube, a) for a in AXES]
        self.linked_window = cube.get("linked_window", "90d")
        self.lends = any(m.axis == "E" for m in self.measures)  # else no department can give E to whom it served
        self.k = config.get("privacy", {}).get("k", 5)
        self.release = duration_ms(config.get("privacy", {}).get("release", "1d"))
        self.points = config.get("points", PLAN)
        options = config.get("points_options", {})
        self.highest = options.get("stages", "additive") == "highest"
        window = options.get("window", "365d")
        half_life = options.get("half_life", "none")
        self.half_life = 0 if half_life == "none" else duration_ms(half_life)
        panes = [pane_of_window(duration_ms(x)) for x in (window, half_life) if x != "none"]  # short beside a half-life
        self.points_pane = min(panes, default=86_400_000)
        self.points_window = None if window == "none" else Horizon(window, min(panes))
        money = config.get("money", {})
        self.minute_rate = money.get("minute_rate", 0.75)
        self.cancel_within = duration_ms(money.get("cancel_within", "90d"))
        self.cost_of_capital = Fraction(str(money.get("cost_of_capital", 0.08)))
        self.clv, self.retention = money.get("clv", "after_first"), money.get("retention", 0.8)
        self.observed = Retention(self.release, self.tick)
        self.discount = float(money.get("discount_rate", 0.10))
        self.alerts = config.get("alerts", [])
        time = config.get("time", {})
        self.time = {name: duration_ms(time.get(name, default)) for name, default in (("out_of_order", "2s"), ("lateness", "1d"), ("max_skew", "5m"))}
        self.dedup = duration_ms(config.get("dedup", {}).get("horizon", "1h"))
        self.ids = config.get("limits", {}).get("ids", IDS)

    duration = staticmethod(duration_ms)

    def rate_of(self, category):
        rate = self.minute_rate
        if isinstance(rate, dict):
            rate = rate.get(category, rate.get("default", 0))
        return Fraction(str(rate))

    def complete(self, e):
        """A cost in minutes has the amount its rate says."""
        if e["kind"] == "cost" and "amount" not in e:
            e["amount"] = half_away(e["minutes"] * self.rate_of(e["category"]))

    def retention_of(self, dims, t):
        r = self.retention
        if isinstance(r, dict):
            r = r.get("segment", {}).get(dims.get("segment"), r.get("default", "observed"))
        return self.observed.of(dims.get("segment"), t) if r == "observed" else float(r)

    def multiple(self, dims, t):
        d, r = self.discount, self.retention_of(dims, t)
        return {"after_first": r, "from_first": 1 + d, "undiscounted_first": 1}[self.clv] / (1 + d - r)

    def scope_keys(self, dims):
        """Of the scopes as configured, those whose dimensions all have a value; the organisation always."""
        keys = ["organisation"]
        for names in self.scopes:
            if all(n in dims for n in names):
                keys.append(",".join(f"{n}={dims[n]}" for n in names))
        return keys

    def scope_kind(self, key):
        return () if key == "organisation" else tuple(part.split("=")[0] for part in key.split(","))


def bound_holds(value, bound):
    """A condition of `where`: a value, a list of values, or a map of bounds; numbers are micro units."""
    if isinstance(bound, dict):
        def of(x):
            return Fraction(str(x)) * 1_000_000
        return (isinstance(value, int) and ("above" not in bound or value > of(bound["above"])) and ("below" not in bound or value < of(bound["below"]))
                and ("min" not in bound or value >= of(bound["min"])) and ("max" not in bound or value <= of(bound["max"])))
    return any(same(value, one) for one in listed(bound))


def same(value, one):
    if isinstance(one, bool) or isinstance(one, str):
        return value == one
    return isinstance(value, int) and not isinstance(value, bool) and value == Fraction(str(one)) * 1_000_000


def matches(e, where):
    return all(field in e and holds(e[field], bound) for field, bound in (where or {}).items())


def holds(value, bound):
    if isinstance(bound, dict) and "not" in bound:
        return not any(same(value, one) for one in listed(bound["not"]))
    return bound_holds(value, bound)
