"""The conditions of alerts over what a scope shows at a tick: yes, no or FREEZE, and the figures beside it (domain.md 4.6)."""
from math import sqrt
from sys import float_info

from alarms import FREEZE, burn, octant_yes, threshold_yes
from grid import duration_ms
from model import listed
from position import AT_BOUND, OCTANTS, reaches

ZERO = ("count", "sum", "points", "active")


def clipped(now):
    return [max(0.0, now.low), min(100.0, now.high)]


class Conditions:
    def __init__(self, run):
        self.run = run
        self.key, self.scope, self.tick = run.key, run.scope, run.model.tick
        self.rules = [i.rule for i in run.instances]
        self.samples = {}  # rule -> {instant: value}
        self.z = {}        # rule -> the mean that forgets

    # what is remembered from step to step

    def step_of(self, rule):
        """How often it is looked at: over / 24 in whole ticks unless said."""
        spec = rule.r.get("change") or rule.r["drift"]
        if "step" in spec:
            return duration_ms(spec["step"])
        return -(-duration_ms(spec["over"]) // 24 // self.tick) * self.tick if "over" in spec else None

    def stepping(self):
        return [rule for rule in self.rules if "change" in rule.r or "drift" in rule.r]

    def following(self, values, axes, t):
        """Behind a tick that was judged the next ones for its rules: only of what has a value, for without one only rows bring it back."""
        for rule in self.stepping():
            step = self.step_of(rule)
            if self.value_now(rule, values, axes) is not None:
                yield t // step * step + step
                if "change" in rule.r:  # the sample that is looked back at is another one
                    over = duration_ms(rule.r["change"]["over"])
                    yield (t - over) // step * step + step + over

    def sample(self, values, axes, t):
        for rule in self.stepping():
            value = self.value_now(rule, values, axes)
            if t % self.step_of(rule) == 0 and value is not None:
                self.samples.setdefault(rule.name, {})[t] = value
                if "drift" in rule.r:
                    spec = rule.r["drift"]
                    self.z[rule.name] = spec["lambda"] * value + (1 - spec["lambda"]) * self.z.get(rule.name, spec["mean"])

    @staticmethod
    def value_now(rule, values, axes):
        if rule.axis:
            now = axes["EXV".index(rule.axis)]
            return now.score if now.known() else None
        m, figures = rule.measure, values[rule.measure.name]
        value = figures.get("value")
        return 0.0 if value is None and m.aggregation in ZERO and not m.private else value

    @staticmethod
    def limits(spec):
        half = spec["limit"] * spec["sd"] * sqrt(spec["lambda"] / (2 - spec["lambda"]))
        return [spec["mean"] - half, spec["mean"] + half]

    def drift_of(self, m):
        for rule in self.rules:
            if "drift" in rule.r and rule.measure is m:
                spec = rule.r["drift"]
                return {"drift": {"z": float(self.z.get(rule.name, spec["mean"])), "limits": self.limits(spec)}}
        return {}

    # judged

    def judge(self, instance, values, axes, t):
        rule = instance.rule
        name = next(x for x in ("octant", "burn_rate", "stale", "threshold", "change", "drift", "waiting", "coverage") if x in rule.r)
        yes, figures = getattr(self, name)(rule, rule.r[name], values, axes, t, instance.state)
        if "when" in rule.r and yes is not FREEZE:
            inside = self.scope.code is not None and OCTANTS[self.scope.code] in listed(rule.r["when"]["octant"])
            yes = bool(yes) and inside
        return yes, figures

    def frozen(self, rule):
        """Whether what it looks at is stale."""
        if rule.axis:
            return self.scope.memories["EXV".index(rule.axis)].stale
        return any(memory.stale for memory in self.scope.memories if rule.measure.on_axis(memory.axis.name))

    def octant(self, _rule, spec, _values, _axes, _t, state):
        return octant_yes(spec, self.scope, self.scope.stale(), state != "inactive"), {}

    def burn_rate(self, rule, _spec, _values, _axes, t, _state):
        return burn(rule, lambda h: self.run.figures.of(self.key, rule.measure, h, t))

    def stale(self, rule, spec, values, _axes, t, _state):
        fresh = self.run.fresh_of(rule.measure, t)
        return fresh is not None and t - fresh > duration_ms(spec["after"]), {"n": values[rule.measure.name].get("n", 0)}

    def threshold(self, rule, spec, values, axes, _t, state):
        if rule.axis:
            now = axes["EXV".index(rule.axis)]
            figures = {"value": now.score, "interval": clipped(now)} if now.known() else {}
        else:
            figures = dict(values[rule.measure.name])
        if self.frozen(rule):
            return FREEZE, figures
        zero = rule.measure is not None and rule.measure.aggregation in ZERO
        return threshold_yes(spec, figures, zero, state == "firing", AT_BOUND if rule.axis else 0), figures

    def change(self, rule, spec, values, axes, t, _state):
        step, now = self.step_of(rule), self.value_now(rule, values, axes)
        then = self.samples.get(rule.name, {}).get((t - duration_ms(spec["over"])) // step * step)
        figures = {} if rule.axis else {"n": values[rule.measure.name].get("n", 0)}
        if now is None or then is None:
            return (FREEZE if self.frozen(rule) else False), figures
        figures["value"] = now - then
        slack = max(AT_BOUND if rule.axis else 0, 4 * float_info.epsilon * max(abs(now), abs(then)))
        yes = figures["value"] > spec["above"] + slack if "above" in spec else figures["value"] < spec["below"] - slack
        return (FREEZE if self.frozen(rule) else yes), figures

    def drift(self, rule, spec, values, _axes, _t, _state):
        z, (low, high) = self.z.get(rule.name, spec["mean"]), self.limits(spec)
        yes = not low <= z <= high
        return (FREEZE if self.frozen(rule) else yes), {"value": z, "n": values[rule.measure.name].get("n", 0)}

    def waiting(self, rule, spec, values, _axes, _t, _state):
        waiting, overdue = (values[rule.measure.name][k] for k in ("waiting", "overdue"))
        if self.frozen(rule):
            return FREEZE, {"n": waiting}
        if "above" in spec:
            return overdue > spec["above"], {"value": overdue, "n": waiting}
        if not waiting:
            return False, {"n": 0}
        return overdue / waiting > spec["share_above"], {"value": overdue / waiting, "n": waiting}

    def coverage(self, rule, spec, _values, axes, _t, _state):
        looked = [(now, memory) for now, memory in zip(axes, self.scope.memories) if rule.axis in (None, now.axis.name)]
        if any(memory.stale for _, memory in looked):
            return FREEZE, {}
        least = min(now.coverage for now, _ in looked)
        return not reaches(least, spec["below"]), {"value": least}
