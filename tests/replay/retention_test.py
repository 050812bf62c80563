#!/usr/bin/env python3
"""money.retention: observed, through `cubed replay`: the future value and the class of every customer against figures worked
out here from the events alone, in fractions (domain 4.3)."""
import random
import sys
from bisect import bisect_right
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import cubed, event, folder, of_topic, replay, sequences, write_config  # noqa: E402
from tap import equal, holds, main, near  # noqa: E402

DAY = 86_400_000
YEAR = 365 * DAY
T0 = 1_767_225_600_000  # 2026-01-01
RATE = Fraction(1, 10)
UNSEEN, SHRINK = Fraction(8, 10), 50
ACTS = {"purchase", "selfservice.login"}


def config(retention="observed", scopes=("region", "segment"), **more):
    return {"version": 1, "name": "stay", "pack": "none", "scopes": list(scopes), "cube": {"tick": "1m"}, "publish": {"customers": "on_change"},
            "money": {"retention": retention}, "measures": [{"name": "active", "aggregation": "active", "window": "30d"}], **more}


def story(seed, count=700, customers=40, days=460):
    """Events of more than a year: customers come, buy, move between segments, leave, come back and are erased."""
    r, out = random.Random(seed), []
    for i, ts in enumerate(sorted(T0 + 5 * DAY + r.randrange(days * DAY) for _ in range(count))):
        kind = r.choices(("purchase", "selfservice.login", "churn", "customer.update", "customer.erase"), (12, 6, 0.4, 4, 0.3))[0]
        more = {"segment": r.choice(("smb", "large", "gold", "smb"))} if r.random() < 0.3 or kind == "customer.update" else {}
        if kind == "purchase":
            more.update(order=f"o{i}", revenue=r.randrange(1, 300), cost=r.randrange(1, 200))
        out.append(event(kind, ts, id=f"e{i:05}", customer=f"c{r.randrange(customers)}", **more))
    return out


class Company:
    """Who is a customer when and of which segment; churns by segment; what each one's purchases leave."""

    def __init__(self, events, until):
        self.stays, self.churns, self.now, self.bought = [], [], {}, {}
        for e in events:
            if e["ts"] < until:
                self.apply(e)
        self.until = until

    def leave(self, who, ts, now):
        if now["since"] is not None:
            self.stays.append((now["segment"], now["since"], ts))
            now["since"] = None

    def apply(self, e):
        who, ts, kind = e["customer"], e["ts"], e["kind"]
        now = self.now.setdefault(who, {"segment": None, "since": None, "acted": False})
        segment = e.get("segment", now["segment"])
        if segment != now["segment"] and now["since"] is not None:
            self.leave(who, ts, now)
            now["since"] = ts
        now["segment"] = segment
        if kind in ACTS and now["since"] is None:
            now["since"] = ts
        if kind == "churn" and now["since"] is not None:
            self.churns.append((segment, ts))
            self.leave(who, ts, now)
        if kind == "purchase":
            self.bought.setdefault(who, []).append((ts, e["revenue"] - e["cost"]))
        if kind == "customer.erase":
            self.leave(who, ts, now)
            del self.now[who]
            self.bought.pop(who, None)

    def counts(self, at, segment=None):
        """Average customers of the last 365 days, and churns in them."""
        stays = self.stays + [(n["segment"], n["since"], at) for n in self.now.values() if n["since"] is not None]
        time = sum(max(0, min(to, at) - max(start, at - YEAR)) for of, start, to in stays if segment in (None, of))
        return Fraction(time, YEAR), sum(at - YEAR <= ts < at for of, ts in self.churns if segment in (None, of))

    def retention(self, segment):
        average, churns = self.counts(self.until)
        if average == 0:
            return UNSEEN
        whole = max(Fraction(0), 1 - churns / average)
        if segment is None:
            return whole
        average, churns = self.counts(self.until, segment)
        return max(Fraction(0), (average - churns + SHRINK * whole) / (average + SHRINK))

    def present(self, who, at):
        return sum(margin for ts, margin in self.bought.get(who, []) if ts // DAY > (at - 1) // DAY - 365)


def customers_at(lines, at):
    return {x["key"]: x["value"] for x in lines if x["topic"] == "cube.customers.snapshot" and x["ts"] == at}


def iso(ts):
    import datetime
    return datetime.datetime.fromtimestamp(ts / 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def agree(lines, events, at, entries=None, releases=None):
    """Each customer's record at an instant is valued by the last release before it."""
    release = releases[bisect_right(releases, at - 1) - 1] if releases else (at - 1) // DAY * DAY
    seen, now, got = Company(events, release), Company(events, at), customers_at(lines, at)
    equal(sorted(got), sorted(now.now))
    for who, value in got.items():
        segment = now.now[who]["segment"]
        stay = Fraction(str(entries[segment])) if entries and segment in entries else seen.retention(segment)
        present = now.present(who, at)
        near(value["margin"]["present"], float(present), 1e-9)
        near(value["margin"]["future"], float(present * stay / (1 + RATE - stay)), 1e-7)
        equal(value["class"], ("high-" if present > 0 else "low-") + ("high" if present > 0 and stay > 0 else "low"))
    return len(got)


INSTANTS = [T0 + d * DAY + ms for d, ms in ((5, 0), (6, 0), (20, 43_200_000), (100, 0), (100, 60_000), (300, 7_200_000), (420, 0), (465, 0))]


def at_options():
    return [x for at in INSTANTS for x in ("--at", iso(at))]


def test_customers_are_valued_by_what_was_observed_until_the_last_release():
    for seed in (1, 2):
        events = story(seed)
        lines = replay(config(), "--customers", *at_options(), interactions=events)
        holds(any(0 < Company(events, at).retention(s) < 1 for at in INSTANTS[3:] for s in ("smb", "large", None)), "some stay, some leave")
        holds(sum(agree(lines, events, at) for at in INSTANTS) > 100, "many customers")


def test_segments_need_not_be_scopes():
    events = story(3)
    lines = replay(config(scopes=["region"]), "--customers", *at_options(), interactions=events)
    for at in INSTANTS:
        agree(lines, events, at)
    holds(not any("segment" in x["key"] for x in lines if x["topic"] == "cube.state"), "no state of a scope that was not asked for")


def test_segments_with_an_entry_keep_it():
    events, entries = story(4), {"smb": 0.7, "gold": 0.25}
    lines = replay(config({"segment": entries}), "--customers", *at_options(), interactions=events)
    for at in INSTANTS:
        agree(lines, events, at, entries)


def test_releases_follow_the_time_zone():
    events = story(5, days=60)
    releases = [T0 + d * DAY - 3_600_000 for d in range(70)]  # midnight in Amsterdam, winter
    at = T0 + 45 * DAY + 5 * 3_600_000
    lines = replay(config(time_zone="Europe/Amsterdam"), "--customers", "--at", iso(at), interactions=events)
    got, release = customers_at(lines, at), releases[bisect_right(releases, at - 1) - 1]
    seen, now = Company(events, release), Company(events, at)
    length = release - ((release - 1) // DAY - 364) * DAY  # the window of 365 panes that ends there
    start, stays = release - length, seen.stays + [(None, n["since"], release) for n in seen.now.values() if n["since"] is not None]
    average = Fraction(sum(max(0, to - max(since, start)) for _, since, to in stays), length)
    whole = 1 - sum(start <= ts < release for _, ts in seen.churns) / average
    holds(got and length == YEAR - 3_600_000, "a window that ends at 23:00")
    for who, value in got.items():
        if now.now[who]["segment"] is None:
            stay = max(Fraction(0), whole)
            near(value["margin"]["future"], float(now.present(who, at) * stay / (1 + RATE - stay)), 1e-7)


def test_any_number_of_partitions_says_the_same():
    events = story(6)
    one = replay(config(), "--customers", *at_options(), interactions=events)
    for n in ("2", "5"):
        many = replay(config(), "--customers", *at_options(), "--partitions", n, interactions=events)
        for topic in ("cube.customers", "cube.customers.snapshot", "cube.state"):
            equal(sequences(many, topic), sequences(one, topic))


def test_final_says_the_same():
    events = story(7)
    lines = replay(config(), interactions=events)
    want = {x["key"]: x.get("value") for x in lines if x["topic"] == "cube.customers"}
    final = replay(config(), "--final", interactions=events)
    equal({x["key"]: x.get("value") for x in final if x["topic"] == "cube.customers"}, want)


def test_a_class_that_a_release_changes_is_published():
    """One of two customers leaves: at the next release nobody of the last year stays, as far as one day tells."""
    hour = 3_600_000
    events = [event("purchase", T0 + hour, id="a", customer="a", order="1", revenue=10), event("purchase", T0 + hour, id="b", customer="b", order="2", revenue=10),
              event("churn", T0 + 2 * hour, id="c", customer="b"), event("selfservice.login", T0 + 2 * DAY, id="d", customer="z")]
    lines = replay(config(), interactions=events)
    classes = [(v["as_of"], v["class"]) for v in of_topic(lines, "cube.customers", "a")]
    equal(classes, [(T0 + hour + 60_000, "high-high"), (T0 + DAY + 60_000, "high-low")])


def test_check_prints_what_it_read():
    for retention, text in (("observed", "retention: observed"), ({"segment": {"smb": 0.7}}, 'retention: {segment: {"smb": 0.7}, default: observed}'),
                            ({"segment": {"smb": 0.7}, "default": "observed"}, 'retention: {segment: {"smb": 0.7}, default: observed}')):
        with folder() as place:
            path = write_config(place / "cubed.yaml", config(retention))
            printed = cubed("check", "-c", path, "--effective").stdout.decode()
            holds(text in printed, printed)
            again = write_config(place / "again.yaml", printed)
            equal(cubed("check", "-c", again, "--effective").stdout.decode(), printed)


if __name__ == "__main__":
    main()
