"""A random company for some days, from a seed: a configuration and the events of three topics in the order of their logs."""
import random

HOUR, DAY = 3_600_000, 86_400_000
START = 1_767_225_600_000 - DAY // 2  # noon, so that releases fall inside
REGIONS, SEGMENTS, DEPARTMENTS = ("north", "south", "east"), ("smb", "corporate"), ("care", "sales")
WINDOWS = ("1h", "6h", "12h", "1d", "2d", "3d")


class Scenario:
    """straggling: events may come later than out_of_order allows; some beyond lateness. promising: invoices and requests too. drifting: turnover, which moves
    between ticks, on an axis."""

    def __init__(self, seed, straggling=False, promising=False, drifting=False):
        self.seed, self.r = seed, random.Random(seed)
        r = self.r
        self.days = r.choice((1, 2, 3))
        self.tick = r.choice(("1m", "10m", "10m", "1h"))
        self.out_of_order = r.choice((0, 2000, 60_000))
        self.straggling, self.promising, self.drifting = straggling, promising, drifting
        self.events = {"interactions": [], "cpi": [], "hr": []}
        self.number = 0
        self.customers = [f"c{i}" for i in range(r.randint(3, 10))]
        self.employees = [f"e{i}" for i in range(r.randint(4, 9))]
        self.config = self.make_config()
        self.make_events()
        self.inputs = {topic: self.shuffled(events) for topic, events in self.events.items()}
        latest = max((e["ts"] for es in self.events.values() for e in es), default=START) + 2 * HOUR
        self.until = max(latest - latest % HOUR, START + self.days * DAY + r.choice((0, DAY, 4 * DAY)))

    # configuration

    def horizons(self):
        return self.r.sample(WINDOWS, self.r.choice((0, 0, 1, 2)))

    def measure(self, name, aggregation, axis, score=None, hr=False, **more):
        m = {"name": name, "axis": axis if score else "none", "class": "hr" if hr else "kpi", "aggregation": aggregation, "window": self.r.choice(WINDOWS)}
        m.update(more)
        horizons = [h for h in self.horizons() if h != m["window"]]
        if horizons and "ledger" not in m.get("from", {}):
            m["horizons"] = horizons
        if score:
            m["score"] = {"at0": score[0], "at100": score[1]}
            if self.r.random() < 0.3:
                m["weight"] = self.r.choice((2, 3))
            if self.r.random() < 0.3:
                m["min_n"] = self.r.choice((2, 4))
        return m

    def make_measures(self):
        r = self.r
        survey = {"kind": "survey", "where": {"instrument": "nps"}}
        csat = {"kind": "survey", "where": {"instrument": r.choice(("csat", "ces", "grade10"))}}
        answer = {"kind": "measurement", "where": {"cpi": "answer"}}
        ftr = {"class": "cpi", "evidence": ["interview"], "increment": "time", "unit": "share", "definition": "confirmed", "recontact_window": r.choice(("2h", "12h", "1d"))}
        always = [
            self.measure("nps", "nps", "X", (-50, 50), **{"from": survey}),
            self.measure("speed", "ratio", "E", (0, 1), **{"from": answer, "hits": {"where": {"value": {"max": 5}}}}),
            self.measure("margin", "mean", "V", r.choice(((0, 100), (-20, 60))), **{"from": {"ledger": "margin", "per": "customer"}}),
        ]
        maybe = [
            self.measure("ftr", "first_time", "X", (0, 1), **ftr),
            self.measure("csat", "top_box", "X", (0.9, 0.1), **{"from": csat}),
            self.measure("answer", "within", "none", target=r.choice((5, {"min": 3})), **{"from": answer}),
            self.measure("answer_mean", "mean", "E", (20, 0), **{"from": answer}),
            self.measure("revenue", "sum", "V", (0, 400), **{"from": {"kind": "purchase", "value": "revenue"}}),
            self.measure("orders", "count", "none", **{"from": {"kind": ["purchase", "complaint"], "where": {"region": ["north", "south"]}}}),
            self.measure("order_rate", "rate", "none", **{"from": {"kind": "purchase"}}),
            self.measure("quote", "quotient", "V", (0, 1), **{"from": {"kind": "purchase", "value": ["revenue", "-cost"]}, "per": {"kind": "purchase", "value": "revenue"}}),
            self.measure("active", "active", "none"),
            self.measure("points", "points", "none"),
            self.measure("turnover", "turnover", "E", *(((60, 0),) if self.drifting else ()), hr=True),
            self.measure("headcount", "headcount", "none", hr=True),
            self.measure("pride", "top_box", "E", (0, 1), hr=True, **{"from": {"kind": "survey", "where": {"theme": "pride"}}}),
            self.measure("enps", "nps", "E", (-100, 100), hr=True, **{"from": {"kind": "enps"}}),
        ]
        return always + [m for m in maybe if r.random() < 0.55]

    def make_config(self):
        r = self.r
        cube = {"tick": self.tick, "dwell": r.choice(("0s", "0s", "30m", "3h")), "hysteresis": r.choice((0, 2, 5)),
                "confidence": r.choice(("none", "none", 0.95)), "min_coverage": r.choice((0.1, 0.5)), "stale_after": r.choice(("6h", "1d", "7d"))}
        if r.random() < 0.3:
            cube["axes"] = {"X": {"threshold": 40, "dwell": "1h"}}
        measures = self.make_measures()
        scopes = r.choice((["region"], ["region", "segment"], ["region", ["region", "segment"]], ["department", "region"], ["segment", "channel"]))
        return {"version": 1, "name": "acme", "kafka": {"bootstrap.servers": "127.0.0.1:9092"}, "pack": "none", "scopes": scopes,
                "privacy": {"k": r.choice((3, 4))}, "publish": {"customers": "all"},
                "time": {"out_of_order": f"{self.out_of_order}ms", "lateness": r.choice(("6h", "1d"))}, "dedup": {"horizon": r.choice(("1h", "6h"))},
                "points_options": {"stages": r.choice(("additive", "highest")), "window": r.choice(("365d", "1d", "none"))},
                "cube": cube, "measures": measures, "alerts": self.make_alerts({m["name"] for m in measures})}

    def life(self):
        out = {}
        if self.r.random() < 0.5:
            out["for"] = self.r.choice(("10m", "1h", "2h"))
        if self.r.random() < 0.5:
            out["keep_firing_for"] = self.r.choice(("30m", "3h"))
        if self.r.random() < 0.3:
            out["labels"] = {"team": "care"}
        return out

    def make_alerts(self, names):
        r, octants = self.r, ("urgency", "cash", "burnout", "stress", "incrowd", "target", "happy", "engagement")
        rules = [
            {"name": "NpsLow", "measure": "nps", "threshold": {"below": 0, "clear": 20}},
            {"name": "NpsHighSure", "measure": "nps", "threshold": {"above": 0, "bound": "lower"}},
            {"name": "MarginLow", "measure": "margin", "threshold": {"below": 20, "bound": "upper", "clear": 25}},
            {"name": "AxisLow", "axis": "X", "threshold": {"below": 45, "clear": 50}},
            {"name": "SpeedBurn", "measure": "speed", "burn_rate": {"objective": 0.8, "long": r.choice(("2h", "12h")), "factor": 1.5}},
            {"name": "NoSurveys", "stale": {"measure": "nps", "after": r.choice(("2h", "6h"))}},
            {"name": "FewOrders", "measure": "orders", "threshold": {"below": 2}},
            {"name": "RevenueHigh", "measure": "revenue", "threshold": {"above": 100, "clear": 50}, "scopes": ["organisation"]},
        ] + [{"name": f"Enter{o}", "octant": {"entered": o}} for o in r.sample(octants, 2)] + [{"name": f"Leave{o}", "octant": {"left": o}} for o in r.sample(octants, 2)]
        return [{**rule, "severity": r.choice(("page", "ticket")), **self.life()} for rule in rules
                if r.random() < 0.6 and rule.get("measure", "nps") in names]

    # events

    def add(self, topic, kind, ts, entity, **fields):
        self.number += 1
        e = {"v": 1, "id": fields.pop("id", f"{self.r.choice('abcxyz')}{self.number}"), "ts": int(ts), "kind": kind,
             "employee" if topic == "hr" else "customer": entity, **fields}
        self.events[topic].append(e)
        return e

    def where(self, share=0.3):
        """Dimensions an event happens to name."""
        r, out = self.r, {}
        for name, values in (("region", REGIONS), ("segment", SEGMENTS), ("channel", ("web", "shop"))):
            if r.random() < share:
                out[name] = r.choice(values)
        return out

    def moment(self):
        """Mostly whatever instant; sometimes exactly on a tick, a pane or another event."""
        r = self.r
        ts = START + r.randrange(self.days * DAY)
        if r.random() < 0.15:
            ts -= ts % r.choice((1000, 60_000, 600_000, HOUR))
        others = self.events[r.choice(("interactions", "cpi"))]
        if others and r.random() < 0.1:
            ts = r.choice(others)["ts"]
        return ts

    def make_events(self):
        r = self.r
        for c in self.customers:
            if r.random() < 0.8:
                self.add("interactions", "customer.update", START + r.randrange(HOUR), c, region=r.choice(REGIONS), segment=r.choice(SEGMENTS))
        for e in self.employees:
            if r.random() < 0.9:
                self.add("hr", "hire", START + r.randrange(HOUR), e, region=r.choice(REGIONS), department=r.choice(DEPARTMENTS))
        makers = (self.purchase, self.answer, self.answer, self.nps, self.nps, self.csat, self.case, self.points_event, self.points_event, self.cost, self.move,
                  self.other, self.staff, self.pride, self.enps)
        if self.promising:
            makers += (self.invoice, self.request)
        for _ in range(r.randint(25, 95)):
            r.choice(makers)(self.moment())
        self.duplicates()
        for events in self.events.values():
            events.sort(key=lambda e: e["ts"])

    def purchase(self, ts):
        r = self.r
        fields = {"order": f"o{self.number}", "revenue": round(r.uniform(1, 200), 2)}
        if r.random() < 0.6:
            fields["cost"] = round(r.uniform(1, 150), r.choice((0, 2, 5)))
        if r.random() < 0.5:
            fields["product_group"] = r.choice(("care", "lease", "toys"))
        self.add("interactions", "purchase", ts, r.choice(self.customers), **fields, **self.where())

    def answer(self, ts):
        self.add("cpi", "measurement", ts, self.r.choice(self.customers), cpi=self.r.choice(("answer", "answer", "other")),
                 value=self.r.choice((self.r.randint(0, 12), round(self.r.uniform(0, 30), 3))), **self.where())

    def nps(self, ts):
        self.add("cpi", "survey", ts, self.r.choice(self.customers), instrument="nps", value=self.r.choice((self.r.randint(0, 10), 10, 9, 3)), **self.where())

    def csat(self, ts):
        name, top = self.r.choice((("csat", 5), ("ces", 7), ("grade10", 10)))
        self.add("cpi", "survey", ts, self.r.choice(self.customers), instrument=name, value=self.r.randint(1, top), **self.where())

    def case(self, ts):
        """A case and what may happen to it, in likely and unlikely orders."""
        r, c, case = self.r, self.r.choice(self.customers), f"k{self.number}"
        steps = r.choice((("open", "resolve", "confirm"), ("open", "resolve", "confirm"), ("open", "resolve", "confirm", "recontact", "resolve"), ("open", "open", "resolve", "confirm"),
                          ("open",), ("open", "resolve"), ("open", "confirm", "resolve"), ("open", "resolve", "confirm", "open", "resolve", "confirm"),
                          ("open", "resolve", "confirm", "confirm"), ("resolve", "confirm"), ("recontact", "resolve", "confirm")))
        for step in steps:
            fields = {"satisfied": r.random() < 0.7} if step == "confirm" else {}
            self.add("interactions", "contact." + step, ts, c, case=case, **fields, **self.where(0.15))
            ts += r.choice((0, 1000, 60_000, HOUR, 2 * HOUR, r.randrange(DAY)))

    def points_event(self, ts):
        r, c = self.r, self.r.choice(self.customers)
        kind = r.choice(("newsletter.received", "newsletter.opened", "newsletter.read", "social.follow", "social.unfollow", "social.like", "social.like", "social.unlike"))
        fields = {"issue": r.choice("123")} if kind.startswith("newsletter") else {"ref": r.choice("pq")} if "like" in kind else {}
        if kind == "social.like" and r.random() < 0.7:
            fields["influence"] = r.choice((35, 36, 80, 5))
        self.add("interactions", kind, ts, c, **fields, **self.where(0.15))

    def cost(self, ts):
        r = self.r
        fields = {"amount": round(r.uniform(1, 60), 2)} if r.random() < 0.6 else {"minutes": r.randint(1, 90)}
        self.add("interactions", "cost", ts, r.choice(self.customers), category=r.choice(("visits", "sales")), **fields, **self.where(0.15))

    def invoice(self, ts):
        r, c, name = self.r, self.r.choice(self.customers), f"i{self.number}"
        amount = round(r.uniform(10, 5000), 2)
        self.add("interactions", "invoice", ts, c, invoice=name, amount=amount, due=int(ts + r.choice((-DAY, 0, HOUR, DAY))), **self.where(0.15))
        if r.random() < 0.5:
            self.add("interactions", "payment", ts + r.choice((1000, 6 * HOUR, DAY)), c, invoice=name, amount=amount, **self.where(0.15))

    def request(self, ts):
        r, c, name = self.r, self.r.choice(self.customers), f"q{self.number}"
        expect = {"expect_ms": r.choice((HOUR, DAY))} if r.random() < 0.7 else {}
        self.add("interactions", "request.open", ts, c, request=name, request_type="quote", **expect, **self.where(0.15))
        if r.random() < 0.5:
            self.add("interactions", r.choice(("request.done", "request.lost")), ts + r.choice((HOUR, 2 * HOUR, DAY)), c, request=name, **self.where(0.15))

    def move(self, ts):
        self.add("interactions", "customer.update", ts, self.r.choice(self.customers), **{"region": self.r.choice(REGIONS), **self.where()})

    def other(self, ts):
        kind = self.r.choice(("complaint", "selfservice.login", "promo.response", "unheard.of"))
        self.add("interactions", kind, ts, self.r.choice(self.customers), **self.where())

    def staff(self, ts):
        r, e = self.r, self.r.choice(self.employees)
        kind = r.choice(("exit", "transfer", "transfer", "hire"))
        fields = {"voluntary": r.random() < 0.5, "regretted": r.random() < 0.5} if kind == "exit" else {"region": r.choice(REGIONS), "department": r.choice(DEPARTMENTS)}
        self.add("hr", kind, ts, e, **fields)

    def pride(self, ts):
        for e in self.r.sample(self.employees, self.r.randint(1, 4)):
            self.add("hr", "survey", ts + self.r.randrange(HOUR), e, theme=self.r.choice(("pride", "pride", "effort")), value=self.r.randint(1, 5), scale=5)

    def enps(self, ts):
        for e in self.r.sample(self.employees, self.r.randint(1, 4)):
            self.add("hr", "enps", ts + self.r.randrange(HOUR), e, value=self.r.randint(0, 10))

    def duplicates(self):
        r = self.r
        for events in self.events.values():
            for e in r.sample(events, min(len(events), r.choice((0, 0, 3)))):
                copy = dict(e)
                copy["ts"] = e["ts"] + r.choice((0, 0, 1000, 30 * 60_000, 3 * HOUR))
                events.append(copy)

    def shuffled(self, events):
        """The order of a log: each event at most out_of_order behind; a few further behind where straggling."""
        r = self.r
        arrival = []
        for e in events:
            delay = r.randrange(self.out_of_order + 1) if self.out_of_order else 0
            if self.straggling and not e["kind"].startswith("contact.") and r.random() < 0.08:
                delay += r.choice((HOUR, 3 * HOUR, 2 * DAY))
            arrival.append((e["ts"] + delay, e))
        return [e for _, e in sorted(arrival, key=lambda x: x[0])]
