"""The events of a random company: what customers and employees do, in likely and unlikely orders."""
HOUR, DAY = 3_600_000, 86_400_000
START = 1_767_225_600_000 - DAY // 2
REGIONS, SEGMENTS, DEPARTMENTS = ("north", "south", "east"), ("smb", "corporate"), ("care", "sales")
CASES = (("open", "resolve", "confirm"), ("open", "resolve", "confirm"), ("open", "resolve", "confirm", "recontact", "resolve"), ("open", "open", "resolve", "confirm"),
         ("open",), ("open", "resolve"), ("open", "confirm", "resolve"), ("open", "resolve", "confirm", "open", "resolve", "confirm"),
         ("open", "resolve", "confirm", "confirm"), ("resolve", "confirm"), ("recontact", "resolve", "confirm"), ("open", "transfer", "resolve", "confirm"),
         ("open", "resolve", "transfer", "confirm", "recontact"), ("transfer", "open", "resolve"), ("open", "recontact", "resolve", "confirm"))
REQUESTS = (("open", "done"), ("open", "done"), ("open", "lost"), ("open",), ("open", "open", "done"), ("done",), ("open", "done", "open", "done"),
            ("open", "lost", "open"), ("done", "open"), ("lost", "open", "done"))

class Happenings:
    def __init__(self, scenario):
        self.s, self.r = scenario, scenario.r
        r = self.r
        self.days = scenario.days
        self.events = {"interactions": [], "cpi": [], "hr": []}
        self.number = 0
        self.customers = [f"c{i}" for i in range(r.randint(3, 10))]
        self.employees = [f"e{i}" for i in range(r.randint(4, 9))]
        self.make()

    def add(self, topic, kind, ts, entity, **fields):
        self.number += 1
        e = {"v": 1, "id": fields.pop("id", f"{self.r.choice('abcxyz')}{self.number}"), "ts": int(ts), "kind": kind,
             "employee" if topic == "hr" else "customer": entity, **fields}
        self.events[topic].append(e)
        return e

    def someone(self):
        return self.r.choice(self.customers)

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

    def later(self, ts):
        return ts + self.r.choice((0, 1000, 60_000, HOUR, 2 * HOUR, 6 * HOUR, self.r.randrange(DAY)))

    def make(self):
        r = self.r
        for c in self.customers:
            if r.random() < 0.8:
                self.add("interactions", "customer.update", START + r.randrange(HOUR), c, region=r.choice(REGIONS), segment=r.choice(SEGMENTS))
        for e in self.employees:
            if r.random() < 0.9:
                fte = {"fte": r.choice((1, 0.5, 0.8))} if r.random() < 0.5 else {}
                self.add("hr", "hire", START + r.randrange(HOUR), e, region=r.choice(REGIONS), department=r.choice(DEPARTMENTS), **fte)
        makers = [maker for maker in self.makers() if r.random() < 0.8]
        for _ in range(r.randint(25, 95)):
            r.choice(makers)(self.moment())
        self.duplicates()
        for _ in range(8 if self.s.straggling else 0):
            self.tangle()
            self.tangle_points()
            self.tangle_staff()
            self.tangle_bills()
            self.tangle_gauges()
        for events in self.events.values():
            events.sort(key=lambda e: e["ts"])

    def makers(self):
        return (self.purchase, self.purchase, self.answer, self.answer, self.nps, self.nps, self.csat, self.case, self.points_event, self.points_event, self.cost,
                self.move, self.other, self.staff, self.pride, self.enps, self.invoice, self.request, self.expectation, self.friends, self.cancel, self.erase,
                self.leaving, self.absence, self.hiring, self.delivered)

    # customers

    def purchase(self, ts):
        r, c, order = self.r, self.someone(), f"o{self.number}"
        fields = {"order": order, "revenue": round(r.uniform(1, 200), 2)}
        if r.random() < 0.6:
            fields["cost"] = round(r.uniform(1, 150), r.choice((0, 2, 5)))
        if r.random() < 0.5:
            fields["product_group"] = r.choice(("care", "lease", "toys"))
        self.add("interactions", "purchase", ts, c, **fields, **self.where())
        return c, order

    def cancel(self, ts):
        c, order = self.purchase(ts)
        if self.r.random() < 0.2:
            self.add("interactions", "purchase", self.later(ts), c, order=order, revenue=10, **self.where())
        for _ in range(self.r.choice((1, 1, 1, 2))):
            self.add("interactions", "order.cancelled", self.later(ts), c, order=order, **self.where(0.15))

    def answer(self, ts):
        self.add("cpi", "measurement", ts, self.someone(), cpi=self.r.choice(("answer", "answer", "other")),
                 value=self.r.choice((self.r.randint(0, 12), round(self.r.uniform(0, 30), 3))), **self.where())

    def nps(self, ts):
        self.add("cpi", "survey", ts, self.someone(), instrument="nps", value=self.r.choice((self.r.randint(0, 10), 10, 9, 3)), **self.where())

    def csat(self, ts):
        name, top = self.r.choice((("csat", 5), ("ces", 7), ("grade10", 10)))
        self.add("cpi", "survey", ts, self.someone(), instrument=name, value=self.r.randint(1, top), **self.where())

    def expectation(self, ts):
        r, c = self.r, self.someone()
        subject = {"subject": r.choice(("delivery", "price", "other"))} if r.random() < 0.8 else {}
        for _ in range(r.randint(1, 4)):
            self.add("cpi", "survey", ts, c, instrument=r.choice(("expectation", "fulfilment")), value=r.choice((r.randint(0, 10), 7.5)), **subject, **self.where(0.15))
            ts = self.later(ts)

    def friends(self, ts):
        c = self.someone()
        for _ in range(self.r.randint(1, 3)):
            self.add("cpi", "measurement", ts, c, cpi="friends", value=self.r.randint(0, 12), **self.where(0.15))
            ts = self.later(ts)

    def case(self, ts):
        r, c, case = self.r, self.someone(), f"k{self.number}"
        bot = r.random() < 0.25
        for step in r.choice(CASES):
            fields = {"satisfied": r.random() < 0.7} if step == "confirm" else {}
            if step in ("open", "recontact") and r.random() < 0.5:
                fields["department"] = r.choice(DEPARTMENTS)
            if step in ("open", "recontact") and bot:
                fields["bot"] = step == "open" or r.random() < 0.8
            if step == "resolve" and r.random() < 0.3:
                fields["employee"] = "e1"
            if step == "recontact":
                fields.pop("bot", None)
            self.add("interactions", "contact." + step, ts, c, case=case, **fields, **self.where(0.15))
            ts += r.choice((0, 1000, 60_000, HOUR, 2 * HOUR, r.randrange(DAY)))

    def tangle(self):
        """A case with whatever steps, of which some come late."""
        self.r, kept = self.s.r_cases, self.r
        r, ts, c, case = self.r, START + self.r.randrange(self.days * DAY), self.someone(), f"t{self.number}"
        for _ in range(r.randint(2, 7)):
            step = r.choice(("open", "recontact", "resolve", "resolve", "confirm", "transfer"))
            fields = {"satisfied": r.random() < 0.7} if step == "confirm" else {"employee": "e1"} if step == "resolve" and r.random() < 0.3 else {}
            if step == "open" and r.random() < 0.4:
                fields["bot"] = True
            self.add("interactions", "contact." + step, ts, c, case=case, **fields, **self.where(0.4))
            ts += r.choice((0, 1000, 60_000, HOUR, 2 * HOUR, 6 * HOUR))
        self.tangled_request(START + r.randrange(self.days * DAY), c)
        self.r = kept

    def tangled_request(self, ts, c):
        for _ in range(self.r.randint(2, 7)):
            step = self.r.choice(("open", "open", "done", "lost"))
            fields = {"request_type": self.r.choice(("quote", "quote", "delivery")), "expect_ms": self.r.choice((0, HOUR, DAY))} if step == "open" else {}
            self.add("interactions", "request." + step, ts, c, request=f"t{self.number // 20}", **fields, **self.where(0.4))
            ts += self.r.choice((0, 1000, 60_000, HOUR, 2 * HOUR, 6 * HOUR))

    def tangle_points(self):
        """What earns points and takes them back, close together or where a pane or a window ends, of which some comes late."""
        r = self.s.r_points
        ts, c, apart = START + r.randrange(self.days * DAY), r.choice(self.customers), r.choice((0, 1000, 60_000, HOUR, 6 * HOUR))
        kinds = r.choice((("social.like", "social.unlike"), ("social.follow", "social.unfollow"), ("newsletter.received", "newsletter.opened", "newsletter.read"),
                          ("selfservice.login", "complaint", "promo.response"), ("social.like", "social.follow", "social.unfollow", "social.unlike")))
        for _ in range(r.randint(2, 9)):
            kind = r.choice(kinds)
            fields = {"issue": r.choice("12")} if kind.startswith("newsletter") else {"ref": r.choice("ppq")} if "like" in kind else {}
            if kind == "social.like" and r.random() < 0.7:
                fields["influence"] = r.choice((35, 36))
            where = {"region": r.choice(REGIONS)} if r.random() < 0.4 else {}
            self.number += 1
            self.events["interactions"].append({"v": 1, "id": f"t{self.number}", "ts": int(ts), "kind": kind, "customer": c, **fields, **where})
            ts += r.choice((0, 1000, apart, apart, r.randrange(apart + 1)))

    def tangle_staff(self):
        """Coming, going and being away, of which some comes late; those told with a department move."""
        r = self.s.r_staff
        ts, e, apart = START + r.randrange(self.days * DAY), r.choice(self.employees), r.choice((0, 1000, 60_000, HOUR, 6 * HOUR))
        kinds = r.choice((("hire", "exit"), ("absence.start", "absence.update", "absence.end"), ("hire", "productive", "exit", "headcount"),
                          ("hire", "exit", "absence.start", "absence.end", "productive", "headcount")))
        for _ in range(r.randint(2, 7)):
            kind = r.choice(kinds)
            fields = {"exit": {"voluntary": r.random() < 0.5}, "headcount": {"fte": r.choice((0.6, 1))}, "absence.update": {"fraction": r.choice((0.5, 1, 0))},
                      "hire": r.choice(({}, {"fte": 0.8}))}.get(kind, {})
            where = {"region": r.choice(REGIONS)} if r.random() < 0.2 else {}
            self.number += 1
            self.events["hr"].append({"v": 1, "id": f"u{self.number}", "ts": int(ts), "kind": kind, "employee": e, **fields, **where})
            ts += r.choice((0, 1000, apart, apart, r.randrange(apart + 1)))

    def tangle_bills(self):
        """Bills and payments of one or two invoices, in whatever order, of which some comes late."""
        r = self.s.r_bills
        ts, c, apart = START + r.randrange(self.days * DAY), r.choice(self.customers), r.choice((0, 1000, 60_000, HOUR, 6 * HOUR))
        names = [f"v{self.number}", f"w{self.number}"][:r.choice((1, 1, 2))]
        amount = round(r.uniform(10, 5000), 2)
        for _ in range(r.randint(2, 7)):
            kind = r.choice(("invoice", "payment", "payment"))
            fields = {"amount": r.choice((amount, amount, round(amount / 3, 2), 2 * amount, 10_000, 0, -20))}
            if kind == "invoice":
                fields["due"] = int(ts + r.choice((-DAY, -HOUR, 0, 1000, HOUR, DAY)))
            where = {"region": r.choice(REGIONS)} if r.random() < 0.2 else {}
            self.number += 1
            self.events["interactions"].append({"v": 1, "id": f"v{self.number}", "ts": int(ts), "kind": kind, "customer": c, "invoice": r.choice(names), **fields, **where})
            ts += r.choice((0, 1000, apart, apart, r.randrange(apart + 1)))

    def tangle_gauges(self):
        """Readings of one customer's gauge, of which some comes late."""
        r = self.s.r_gauges
        ts, c, apart = START + r.randrange(self.days * DAY), r.choice(self.customers), r.choice((0, 1000, 60_000, HOUR, 6 * HOUR))
        for _ in range(r.randint(2, 6)):
            where = {"region": r.choice(REGIONS)} if r.random() < 0.2 else {}
            value = r.choice((r.randint(0, 12), -3, 2.5, 9_000_000_000))
            self.number += 1
            self.events["cpi"].append({"v": 1, "id": f"g{self.number}", "ts": int(ts), "kind": "measurement", "customer": c, "cpi": "friends", "value": value, **where})
            ts += r.choice((0, 1000, apart, apart, r.randrange(apart + 1)))

    def request(self, ts):
        r, c, name = self.r, self.someone(), f"q{self.number}"
        for step in r.choice(REQUESTS):
            fields = {"expect_ms": r.choice((0, HOUR, DAY))} if step == "open" and r.random() < 0.4 else {}
            if step == "open":
                fields["request_type"] = r.choice(("quote", "quote", "delivery"))
            self.add("interactions", "request." + step, ts, c, request=name, **fields, **self.where(0.15))
            ts = self.later(ts)

    def points_event(self, ts):
        r = self.r
        kind = r.choice(("newsletter.received", "newsletter.opened", "newsletter.read", "social.follow", "social.unfollow", "social.like", "social.like", "social.unlike"))
        fields = {"issue": r.choice("123")} if kind.startswith("newsletter") else {"ref": r.choice("pq")} if "like" in kind else {}
        if kind == "social.like" and r.random() < 0.7:
            fields["influence"] = r.choice((35, 36, 80, 5))
        self.add("interactions", kind, ts, self.someone(), **fields, **self.where(0.15))

    def cost(self, ts):
        r = self.r
        fields = {"amount": round(r.uniform(1, 60), 2)} if r.random() < 0.6 else {"minutes": r.randint(1, 90)}
        self.add("interactions", "cost", ts, self.someone(), category=r.choice(("visits", "sales", "golf", "slow_payment")), **fields, **self.where(0.15))

    def invoice(self, ts):
        r, c, name = self.r, self.someone(), f"i{self.number}"
        amount = r.choice((round(r.uniform(10, 5000), 2), round(r.uniform(10, 5000), 2), 0, -20))
        for _ in range(r.choice((1, 1, 1, 2))):
            self.add("interactions", "invoice", ts, c, invoice=name, amount=amount, due=int(ts + r.choice((-DAY, 0, HOUR, DAY))), **self.where(0.15))
            for _ in range(r.choice((0, 0, 1, 2))):
                ts = self.later(ts)
                self.add("interactions", "payment", ts, c, invoice=name, amount=r.choice((amount, round(abs(amount) / 3, 2), 10_000)), **self.where(0.15))
            ts, amount = self.later(ts), amount * 2

    def erase(self, ts):
        if self.r.random() < 0.3:
            self.add("interactions", "customer.erase", ts, self.someone())

    def leaving(self, ts):
        r = self.r
        kind = r.choice(("churn", "churn", "contract.renewal", "customer.update"))
        fields = {"contract.renewal": {"due": int(ts + 30 * DAY)}, "customer.update": {"strategic": r.random() < 0.6}}.get(kind, {})
        self.add("interactions", kind, ts, self.someone(), **fields, **self.where(0.15))

    def delivered(self, ts):
        self.add("interactions", "value.delivered", ts, self.someone(), unit=self.r.choice(("hours", "eur", *"abcdefgh")), amount=round(self.r.uniform(1, 9), 2), **self.where(0.15))

    def move(self, ts):
        self.add("interactions", "customer.update", ts, self.someone(), **{"region": self.r.choice(REGIONS), **self.where()})

    def other(self, ts):
        kind = self.r.choice(("complaint", "selfservice.login", "promo.response", "unheard.of"))
        self.add("interactions", kind, ts, self.someone(), **self.where())

    # employees

    def staff(self, ts):
        r, e = self.r, self.r.choice(self.employees)
        kind = r.choice(("exit", "transfer", "transfer", "hire"))
        fields = {"voluntary": r.random() < 0.5, "regretted": r.random() < 0.5} if kind == "exit" else {"region": r.choice(REGIONS), "department": r.choice(DEPARTMENTS)}
        self.add("hr", kind, ts, e, **fields)

    def absence(self, ts):
        r, e = self.r, self.r.choice(self.employees)
        for step in r.choice((("start", "end"), ("start", "update", "end"), ("start",), ("start", "start", "end"), ("end",), ("update",), ("start", "end", "end"))):
            fields = {"fraction": r.choice((0.5, 0.25, 1, 0))} if step == "update" or (step == "start" and r.random() < 0.5) else {}
            self.add("hr", "absence." + step, ts, e, **fields)
            ts = self.later(ts)

    def hiring(self, ts):
        r, e = self.r, self.r.choice(self.employees)
        kind = r.choice(("productive", "recruit_cost", "headcount", "productive"))
        fields = {"recruit_cost": r.choice(({"internal": 120.5}, {"external": 900}, {"internal": 3, "external": 4.25})), "headcount": {"fte": r.choice((0.6, 1))}}.get(kind, {})
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
