"""Alerts: conditions and life cycle (domain.md 4.6)."""
from figures import wilson
from grid import Horizon, UNIT_MS, duration_ms
from model import listed
from position import OCTANTS

FREEZE = "freeze"


def duration_text(ms):
    """The shortest way a configuration would write it."""
    return next(f"{ms // size}{unit}" for unit, size in reversed(UNIT_MS.items()) if ms % size == 0)


def fingerprint(labels):
    h = 0xcbf29ce484222325
    for name in sorted(labels):
        for byte in name.encode() + b"\xff" + labels[name].encode() + b"\xff":
            h = (h ^ byte) * 0x100000001b3 % (1 << 64)
    return f"{h:016x}"


def name_of(code):
    return "unknown" if code is None else OCTANTS[code]


class Rule:
    def __init__(self, r, measures):
        self.r, self.name = r, r["name"]
        self.hold, self.keep = duration_ms(r.get("for", "0s")), duration_ms(r.get("keep_firing_for", "0s"))
        name = r.get("measure") or (r["stale"].get("measure") if "stale" in r else None)
        self.measure = next((m for m in measures if m.name == name), None)
        self.axis = r.get("axis") or r.get("coverage", {}).get("axis")
        self.measures = measures
        if "burn_rate" in r:
            self.burn_init(r["burn_rate"])

    def burn_init(self, b):
        self.error = 1 - b["objective"]
        self.factor = b.get("factor", min(14.4, 0.8 / self.error))
        self.min_n = b.get("min_n", self.measure.min_n)
        long = duration_ms(b["long"])
        self.long, self.short = Horizon(b["long"]), Horizon(duration_text(long // 12))

    def applies(self, scope, kind):
        wanted = self.r.get("scopes")
        if wanted is None:
            return True
        if isinstance(wanted, dict):
            return any(kind == (d,) and scope.split("=", 1)[1] in v for d, v in wanted.items())
        return any(kind == (() if w == "organisation" else tuple(listed(w))) for w in wanted)

    def labels(self, scope):
        out = {"alertname": self.name, "scope": scope}
        if self.measure:
            out["measure"] = self.measure.name
        out["severity"] = self.r.get("severity", "ticket")
        return {**out, **self.r.get("labels", {})}

    def told(self, scope, key):
        """What people are told, and where: texts, drivers of the last change that an octant rule fires on."""
        return {"generatorURL": f"http://127.0.0.1:8642/#/scope/{key}", "annotations": self.r.get("annotations", {}), "names": {
            "scope": key, "measure": self.measure.name if self.measure else self.axis or "unknown", "octant": name_of(scope.code),
            "from": name_of(scope.left), "to": name_of(scope.last_code if scope.left is not None else None)}}


class Instance:
    def __init__(self, rule, scope, tick):
        self.rule, self.scope, self.tick = rule, scope, tick
        self.labels = rule.labels(scope)
        self.fingerprint = fingerprint(self.labels)
        self.state, self.since, self.clear_since, self.starts = "inactive", None, None, None

    def step(self, yes, t):
        """One tick; returns firing, resolved or None."""
        if yes == FREEZE:
            return None
        if self.state == "firing":
            return self.step_firing(yes, t)
        if not yes:
            self.state = "inactive"
            return None
        if self.state == "inactive":
            self.state, self.since = "pending", t
        if t - self.since < self.rule.hold:
            return None
        self.state, self.starts, self.clear_since = "firing", t, None
        return "firing"

    def step_firing(self, yes, t):
        if yes:
            self.clear_since = None
            return None
        if self.clear_since is None:
            self.clear_since = t - self.tick  # keep_firing_for counts from the last tick at which it held
        if t - self.clear_since < self.rule.keep:
            return None
        self.state = "inactive"
        return "resolved"

    def next_timer(self):
        if self.state == "pending":
            return [self.since + self.rule.hold]
        if self.state == "firing" and self.clear_since is not None:
            return [self.clear_since + self.rule.keep]
        return []


def threshold_yes(spec, figures, absent_is_zero, firing, slack):
    """figures: value and interval. Below or above, by more than a slack; once firing, until the clear threshold."""
    value = figures.get("value")
    if spec.get("bound") and value is not None:
        interval = figures.get("interval")
        value = interval[spec["bound"] == "upper"] if interval else value
    if value is None:
        if not absent_is_zero:
            return False
        value = figures["value"] = 0.0
    if "below" in spec and value < (spec["clear"] if firing and "clear" in spec else spec["below"]) - slack:
        return True
    return "above" in spec and value > (spec["clear"] if firing and "clear" in spec else spec["above"]) + slack


def burn(rule, figures_of):
    """(yes, figures): both windows' lower bound of the error share beyond factor x (1 - objective)."""
    long, short = figures_of(rule.long), figures_of(rule.short)
    if not long["n"]:
        return False, {"n": 0}
    errors, limit = long["n"] - long["hits"], rule.factor * rule.error
    bounds = wilson(errors, long["n"])
    out = {"n": long["n"], "value": errors / long["n"] / rule.error, "interval": [b / rule.error for b in bounds]}
    both = short["n"] and bounds[0] > limit and wilson(short["n"] - short["hits"], short["n"])[0] > limit
    return bool(both and long["n"] >= rule.min_n), out


def octant_yes(spec, scope, stale, active):
    if scope.code is None or stale:
        return FREEZE
    if "entered" in spec:
        return OCTANTS[scope.code] == spec["entered"]
    was_in = active or (scope.left is not None and OCTANTS[scope.left] == spec["left"])
    return OCTANTS[scope.code] != spec["left"] and was_in
