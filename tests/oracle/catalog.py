"""The configuration of a random company: measures, axes, alerts of every kind there is."""
import random

WINDOWS = ("1h", "6h", "12h", "1d", "2d", "3d")
OCTANTS = ("urgency", "cash", "burnout", "stress", "incrowd", "target", "happy", "engagement")
SURVEY, ANSWER, PURCHASE = {"kind": "survey"}, {"kind": "measurement", "where": {"cpi": "answer"}}, {"kind": "purchase"}
QUOTE = {"open": "request.open", "close": "request.done", "by": "request"}
BASE = {"version": 1, "name": "acme", "kafka": {"bootstrap.servers": "127.0.0.1:9092"}, "pack": "none"}
ANNOTATIONS = {"summary": "{{scope}}: {{measure}} is {{ value }}", "moved": "{{octant}}, from {{from}} to {{to}}"}
CALENDARS = {"office": {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00", "holidays": ["2026-01-01"]},
             "shop": {"days": ["thu", "fri", "sat", "sun"], "from": "08:30", "to": "22:00"}}


class Catalog:
    def __init__(self, scenario, only=None):
        self.s, self.r, self.only = scenario, scenario.r, only

    # measures

    def measure(self, name, aggregation, axis="none", score=None, hr=False, **more):
        r = self.r
        m = {"name": name, "axis": axis if score else "none", "class": "hr" if hr else "kpi", "aggregation": aggregation, "window": r.choice(WINDOWS)}
        m.update(more)
        horizons = [h for h in r.sample(WINDOWS, r.choice((0, 0, 1, 2))) if h != m["window"]]
        if horizons:
            m["horizons"] = horizons
        if score:
            m["score"] = {"at0": score[0], "at100": score[1]}
            if r.random() < 0.3:
                m["weight"] = r.choice((2, 3))
            if r.random() < 0.3:
                m["min_n"] = r.choice((2, 4))
        return m

    def always(self):
        survey = {**SURVEY, "where": {"instrument": "nps"}}
        return [self.measure("nps", "nps", "X", (-50, 50), **{"from": survey}),
                self.measure("speed", "ratio", "E", (0, 1), **{"from": ANSWER, "hits": {"where": {"value": {"max": 5}}}}),
                self.measure("margin", "mean", "V", self.r.choice(((0, 100), (-20, 60))), **self.often(), **{"from": {"ledger": "margin", "per": "customer"}})]

    def often(self):
        """It creeps for as long as invoices are overdue, and is judged at each pane's edge: each minute in an eighth of the scenarios."""
        return {"pane": "1h"} if self.s.seed % 8 else {}

    def moving(self, *score):
        """The score of a figure that moves between ticks."""
        return score if self.s.drifting else None

    def maybe(self):
        r = self.r
        return [*self.flows(r), *self.promises(r), *self.stocks(r), *self.people(r)]

    def flows(self, r):
        csat = {**SURVEY, "where": {"instrument": r.choice(("csat", "ces", "grade10"))}}
        return [
            self.measure("csat", "top_box", "X", (0.9, 0.1), **{"from": csat}),
            self.measure("answer", "within", target=r.choice((5, {"min": 3})), **{"from": ANSWER}),
            self.measure("answer_mean", "mean", "E", (20, 0), **{"from": ANSWER}),
            self.measure("revenue", "sum", "V", (0, 400), **{"from": {**PURCHASE, "value": "revenue"}}),
            self.measure("orders", "count", **{"from": {"kind": ["purchase", "complaint"], "where": {"region": ["north", "south"]}}}),
            self.measure("order_rate", "rate", **{"from": PURCHASE}),
            self.measure("quote", "quotient", "V", (0, 1), **{"from": {**PURCHASE, "value": ["revenue", "-cost"]}, "per": {**PURCHASE, "value": "revenue"}}),
            self.measure("points", "points"),
            self.measure("spent", "sum", **{"from": {"kind": "cost", "value": "amount"}}),
            self.measure("gap", "gap", "X", (-5, 5), **{"from": r.choice(({"where": {"subject": ["delivery", "price"]}}, {"kind": "survey"}, {"kind": "survey", "where": {"region": "north"}}))}),
            self.measure("friends", "growth", "X", (-5, 20), **{"from": {"kind": "measurement", "where": {"cpi": "friends"}}}),
        ]

    def promises(self, r):
        cpi = {"class": "cpi", "evidence": ["interview"], "increment": "time", "unit": "share"}
        ftr = {**cpi, "recontact_window": r.choice(("2h", "12h", "1d"))}
        lost = {"lost": "request.lost"} if r.random() < 0.7 else {}
        where = {"where": {"request_type": "quote"}} if r.random() < 0.7 else {}
        return [
            self.measure("ftr", "first_time", "X", (0, 1), definition=r.choice(("confirmed", "confirmed", "agent", "survey", "no_recontact", "one_touch")), **ftr),
            self.measure("ftr2", "first_time", definition=r.choice(("confirmed", "agent", "survey", "no_recontact", "one_touch")), **ftr),
            self.measure("in_time", "duration", "X", (0, 1), target=r.choice(("1h", "6h", "1d")), **cpi, **{"from": {**QUOTE, **lost, **where}}),
            self.measure("office", "duration", "X", (0, 1), target=r.choice(("1h", "4h", "8h")), calendar=r.choice(("office", "shop")), **cpi, **{"from": {**QUOTE, **lost}}),
            self.measure("case_time", "duration", target="6h", **cpi, **{"from": {"open": "contact.open", "close": ["contact.resolve"], "by": "case"}}),
        ]

    def stocks(self, r):
        ledger = r.choice(("revenue", "effort", "purchases", "cost"))
        bound = r.choice(({"ledger": "margin", "below": 0}, {"ledger": "purchases", "min": 2}, {"ledger": "revenue", "above": 100}, {"ledger": "effort", "max": 20}))
        return [
            self.measure("active", "active"),
            self.measure("complaining", "active", **{"from": {"kind": "complaint"}}),
            self.measure(f"{ledger}_each", "mean", **{"from": {"ledger": ledger, "per": "customer"}}),
            self.measure("unprofitable", "ratio", "V", (1, 0), **{"from": {"customers": "active"}, "hits": bound}),
            self.measure("top_revenue", "concentration", **{"from": {"ledger": "revenue"}}),
            self.measure("top_other", "concentration", **{"from": {"ledger": r.choice(("margin", "effort", "cost", "purchases"))}}),
            self.measure("mismatch", "mismatch", **{"from": {"ledger": "effort"}, "by": {"ledger": r.choice(("revenue", "margin"))}}),
            self.measure("churn_rate", "churn", "V", self.moving(60, 0)),
        ]

    def people(self, r):
        return [
            self.measure("turnover", "turnover", "E", self.moving(60, 0), hr=True),
            self.measure("headcount", "headcount", hr=True),
            self.measure("absence", "absence", "E", self.moving(1, 0), hr=True),
            self.measure("productive", "time_to_productivity", "E", (86_400_000, 0), hr=True),
            self.measure("hiring_cost", "cost_per_hire", hr=True),
            self.measure("pride", "top_box", "E", (0, 1), hr=True, **{"from": {**SURVEY, "where": {"theme": "pride"}}}),
            self.measure("enps", "nps", "E", (-100, 100), hr=True, **{"from": {"kind": "enps"}}),
        ]

    def spread(self):
        """Not drawn from the scenario's own numbers, which those of known seeds follow."""
        r = random.Random(f"spread of {self.s.seed}")
        m = {"name": "order_spread", "axis": "none", "class": "kpi", "aggregation": "stddev", "window": r.choice(WINDOWS), "from": {**PURCHASE, "value": "revenue"}}
        return [m] if r.random() < 0.4 and not self.only else []

    def measures(self):
        chosen = [m for m in self.maybe() if (m["name"] in self.only if self.only else self.r.random() < 0.45)]
        return self.always() + chosen + self.spread()

    # the rest

    def config(self):
        r = self.r
        cube = {"tick": self.s.tick, "dwell": r.choice(("0s", "0s", "30m", "3h")), "hysteresis": r.choice((0, 2, 5)),
                "confidence": r.choice(("none", "none", 0.95)), "min_coverage": r.choice((0.1, 0.5)), "stale_after": r.choice(("6h", "1d", "7d"))}
        if r.random() < 0.3:
            cube["axes"] = {"X": {"threshold": 40, "dwell": "1h"}}
        if r.random() < 0.3:
            cube["linked_window"] = r.choice(("6h", "1d"))
        measures = self.measures()
        scopes = r.choice((["region"], ["region", "segment"], ["region", ["region", "segment"]], ["department", "region"], ["department", "region", "segment", ["region", "segment"]], ["segment", "channel"]))
        out = {**BASE, "scopes": scopes, "privacy": {"k": r.choice((3, 4))}, "publish": {"customers": "all"},
               "time": {"out_of_order": f"{self.s.out_of_order}ms", "lateness": r.choice(("6h", "1d"))}, "dedup": {"horizon": r.choice(("1h", "6h"))},
               "points_options": {"stages": r.choice(("additive", "highest")), "window": r.choice(("365d", "1d", "none"))},
               "cube": cube, "measures": measures, "money": self.money(), "alerts": self.alerts({m["name"]: m for m in measures}) + self.silences(measures)}
        out.update(self.points_plan())
        if any("calendar" in m for m in measures):
            out["calendars"] = CALENDARS
        return out

    def points_plan(self):
        """Half of the companies have rules of their own: once or each, capped, in steps, negative, taken back, decaying."""
        r = random.Random(f"points of {self.s.seed}")
        if r.random() < 0.5:
            return {}
        times = {"times": r.choice((1, 2)), "period": r.choice(("1h", "12h", "1d"))}
        earned = r.choice((10, 20))  # two stages may be worth the same
        rules = [{"kind": "newsletter.received", "points": 10, "per": "issue", "once": True}, {"kind": "newsletter.opened", "points": earned, "per": "issue", "once": True},
                 {"kind": "newsletter.read", "points": 30, "per": "issue", "once": True}, {"kind": "complaint", "points": -15}, {"kind": "complaint", "points": -40, "cap": times},
                 {"kind": "purchase", "points": 5, "steps": {"field": "revenue", "above": 100, "points": 12}}, {"kind": "purchase", "points": 8, "cap": times},
                 {"kind": "purchase", "points": 25, "per": "product_group", "once": True, "cap": times, "where": {"product_group": ["care", "toys"]}},
                 {"kind": "selfservice.login", "points": 4, "once": True, "retracted_by": ["complaint", "promo.response"]}, {"kind": "social.follow", "points": 15, "cap": times},
                 {"kind": "social.like", "points": 10, "per": "ref", "retracted_by": "social.unlike"}, {"kind": "promo.response", "points": -6, "where": {"region": ["north", "south"]}}]
        options = {"stages": r.choice(("additive", "highest")), "window": r.choice(("365d", "1d", "6h", "none")), "half_life": r.choice(("none", "none", "6h", "2d"))}
        return {"points": ([rule for rule in rules if r.random() < 0.6] or rules) + self.rules_taken_back(times), "points_options": options}

    def rules_taken_back(self, times):
        """Where events come late: more that hangs on their order."""
        r = random.Random(f"points taken back of {self.s.seed}")
        rules = [{"kind": "social.follow", "points": 15, "once": True, "retracted_by": "social.unfollow", "cap": times},
                 {"kind": "social.like", "points": 7, "per": "ref", "once": True, "retracted_by": ["social.unlike", "complaint"], "cap": times,
                  "steps": {"field": "influence", "above": 35, "points": 9}},
                 {"kind": "social.like", "points": 3, "cap": times, "steps": {"field": "influence", "above": 35, "points": -4}},
                 {"kind": "newsletter.received", "points": 12, "per": "issue", "retracted_by": "newsletter.opened", "where": {"region": ["north", "south"]}},
                 {"kind": "newsletter.read", "points": 25, "per": "issue", "once": True, "cap": times, "retracted_by": "newsletter.received"}]
        return [rule for rule in rules if self.s.straggling and r.random() < 0.5]

    def money(self):
        r, out = self.r, {}
        if r.random() < 0.5:
            out["clv"] = r.choice(("after_first", "from_first", "undiscounted_first"))
        if r.random() < 0.4:
            out["minute_rate"] = r.choice((1.2, 0.333333, {"visits": 1.2, "default": 0.5}))
        if r.random() < 0.4:
            out["retention"] = r.choice((0.7, {"segment": {"smb": 0.6, "corporate": 0.9}, "default": 0.5}, "observed", "observed",
                                       {"segment": {"smb": 0.6}}))
        if r.random() < 0.3:
            out["cancel_within"] = r.choice(("0d", "1d", "2h", "30d"))
        return out

    def life(self):
        r, out = self.r, {}
        if r.random() < 0.5:
            out["for"] = r.choice(("10m", "1h", "2h"))
        if r.random() < 0.5:
            out["keep_firing_for"] = r.choice(("30m", "3h"))
        if r.random() < 0.3:
            out["labels"] = {"team": "care"}
        return out

    def alerts(self, measures):
        r = self.r
        rules = [*self.thresholds(r), *self.others(r)]
        return [{**rule, "severity": r.choice(("page", "ticket")), **self.life(), "annotations": ANNOTATIONS} for rule in rules if r.random() < 0.5 and self.named(rule) <= set(measures)]

    def silences(self, measures):
        """Where nobody tells of a measure any more, whatever time moves in it. Not drawn from the scenario's own numbers. Of what the oracle does
        not know to the event when it was told (an act in the pane of the last one, an order cancelled on the move) there are none."""
        r = random.Random(f"silences of {self.s.seed}")
        known = [m for m in measures if m["aggregation"] not in ("active", "concentration", "mismatch")]
        return [{"name": f"Silent_{m['name']}", "stale": {"measure": m["name"], "after": r.choice(("1h", "6h", "1d"))}} for m in known if r.random() < 0.3]

    @staticmethod
    def named(rule):
        inner = [x.get("measure") for x in rule.values() if isinstance(x, dict)]
        return {x for x in [rule.get("measure"), *inner] if x}

    @staticmethod
    def thresholds(r):
        return [
            {"name": "NpsLow", "measure": "nps", "threshold": {"below": 0, "clear": 20}},
            {"name": "NpsHighSure", "measure": "nps", "threshold": {"above": 0, "bound": "lower"}},
            {"name": "MarginLow", "measure": "margin", "threshold": {"below": 20, "bound": "upper", "clear": 25}},
            {"name": "AxisLow", "axis": "X", "threshold": {"below": 45, "clear": 50}},
            {"name": "SpeedBurn", "measure": "speed", "burn_rate": {"objective": 0.8, "long": r.choice(("2h", "12h")), "factor": 1.5}},
            {"name": "NoSurveys", "stale": {"measure": "nps", "after": r.choice(("2h", "6h"))}},
            {"name": "FewOrders", "measure": "orders", "threshold": {"below": 2}},
            {"name": "RevenueHigh", "measure": "revenue", "threshold": {"above": 100, "clear": 50}, "scopes": ["organisation"]},
        ]

    @staticmethod
    def others(r):
        out = [{"name": f"Enter{o}", "octant": {"entered": o}} for o in r.sample(OCTANTS, 2)] + [{"name": f"Leave{o}", "octant": {"left": o}} for o in r.sample(OCTANTS, 2)]
        when = {"octant": r.sample(OCTANTS, 4)}
        return out + [
            {"name": "XFalls", "axis": "X", "change": {"over": r.choice(("3h", "12h")), "below": -5}},
            {"name": "OrdersRise", "measure": "orders", "change": {"over": "6h", "above": 1, "step": r.choice(("1h", "2h"))}},
            {"name": "NpsMoves", "measure": "nps", "change": {"over": "12h", "above": 10}},
            {"name": "AnswerDrift", "measure": "answer_mean", "drift": {"lambda": 0.3, "limit": r.choice((1, 3)), "mean": 8, "sd": 4, "step": r.choice(("1h", "2h"))}},
            {"name": "Waiting", "measure": "in_time", "waiting": {"share_above": r.choice((0, 0.5))}},
            {"name": "ManyOverdue", "measure": "in_time", "waiting": {"above": r.choice((0, 1))}},
            {"name": "Thin", "coverage": {"axis": r.choice("EXV"), "below": 0.7}},
            {"name": "AnyThin", "coverage": {"below": 0.9}},
            {"name": "NpsLowWhen", "measure": "nps", "threshold": {"below": 30}, "when": when},
            {"name": "SpeedBurnWhen", "measure": "speed", "burn_rate": {"objective": 0.8, "long": "6h", "factor": 1.2}, "when": when},
        ]
