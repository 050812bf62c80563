#!/usr/bin/env python3
"""Every kind of event can feed plain measures: counted, its numbers summed, a share of it by field and by dimension."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from program import event, last, replay
from tap import equal, holds, main

T0 = 1767225600000
EVENTS, HITS = 7, 5
TOPICS = ("interactions", "cpi", "hr")

# topic kind: what its events carry. N is 1, 2, 3 ... and what is summed; H is "yes" in the first HITS events, then "no": what is asked for.
KINDS = """
interactions newsletter.received: issue=H
interactions newsletter.opened: issue=H
interactions newsletter.read: issue=H
interactions social.follow: ref=H influence=N
interactions social.unfollow: ref=H influence=N
interactions social.like: ref=H influence=N
interactions social.unlike: ref=H influence=N
interactions social.share: ref=H influence=N
interactions purchase: order=o revenue=N product_group=H
interactions order.cancelled: order=H
interactions invoice: invoice=H amount=N due=1767225600000
interactions payment: invoice=H amount=N
interactions cost: category=H amount=N
interactions promo.response:
interactions complaint:
interactions selfservice.login:
interactions contact.open: case=k direction=H
interactions contact.resolve: case=H minutes=N
interactions contact.transfer: case=H
interactions contact.confirm: case=H satisfied=true
interactions contact.recontact: case=H
interactions request.open: request=r request_type=H expect_ms=N
interactions request.done: request=r outcome=H
interactions request.lost: request=H
interactions lead.created: lead=H amount=N employee=e
interactions lead.won: lead=H amount=N
interactions lead.lost: lead=H amount=N
interactions journey.stage: journey=j stage=H
interactions campaign.touch: campaign=H attention_ms=N converted=true
interactions churn:
interactions contract.renewal: due=N
interactions value.delivered: amount=N unit=H
interactions customer.update: role_pursued=H strategic=false
interactions customer.erase:
interactions experiment.assign: experiment=x variant=H
cpi measurement: cpi=H value=N unit=u
cpi survey: instrument=own value=N subject=H
cpi benchmark: subject=s metric=H value=N
hr hire: fte=N role=H
hr exit: voluntary=true
hr transfer:
hr absence.start: fraction=1
hr absence.update: fraction=1
hr absence.end:
hr productive:
hr recruit_cost: internal=N
hr survey: theme=H value=N scale=10
hr enps: value=N
hr headcount: fte=N
"""
WORDS = {"true": True, "false": False}


def rows():
    for line in KINDS.strip().splitlines():
        head, _, fields = line.partition(":")
        topic, kind = head.split()
        yield topic, kind, dict(f.split("=") for f in fields.split())


def values(fields, i):
    special = {"N": i + 1, "H": "yes" if i < HITS else "no"}
    return {name: special.get(v, WORDS.get(v, int(v) if v.isdigit() else v)) for name, v in fields.items()}


def events_of(topic, kind, fields):
    key = "subject" if kind == "benchmark" else "employee" if topic == "hr" else "customer"
    for i in range(EVENTS):
        entity = {key: f"{topic}-{i}"}
        yield event(kind, T0 + i * 1000, **{**values(fields, i), **entity, "region": "north" if i < HITS else "south"})


def measures_of(topic, kind, fields):
    number, asked = (next((name for name, v in fields.items() if v == mark), None) for mark in "NH")
    common = {"window": "30d", **({"class": "hr"} if topic == "hr" else {})}
    name, source = f"{topic}.{kind}", {"kind": kind}
    yield {"name": f"{name}.count", "aggregation": "count", "from": source, **common}
    yield {"name": f"{name}.by_region", "aggregation": "ratio", "from": source, "hits": {"where": {"region": "north"}}, **common}
    if number:
        yield {"name": f"{name}.sum", "aggregation": "sum", "from": {**source, "value": number}, **common}
    if asked:
        yield {"name": f"{name}.by_field", "aggregation": "ratio", "from": source, "hits": {"where": {asked: "yes"}}, **common}
        yield {"name": f"{name}.some", "aggregation": "count", "from": {**source, "where": {asked: "yes"}}, **common}


def wanted(name):
    """n, value, hits of a measure."""
    plain = {"count": (EVENTS, EVENTS), "sum": (EVENTS, EVENTS * (EVENTS + 1) / 2), "some": (HITS, HITS)}
    return (*plain[name], None) if name in plain else (EVENTS, HITS / EVENTS, HITS)


def test_every_kind_counts_sums_and_is_asked_by_field_and_dimension():
    table = list(rows())
    equal(len(table), 49, "kinds")
    got = {}
    for part in range(0, len(table), 16):
        some = table[part:part + 16]
        config = {"version": 1, "name": "kinds", "pack": "none", "scopes": [], "measures": [m for row in some for m in measures_of(*row)]}
        inputs = {t: sorted((e for row in some if row[0] == t for e in events_of(*row)), key=lambda e: e["ts"]) for t in TOPICS}
        lines = replay(config, "--until", "2026-01-02T01:00:00Z", **{t: events for t, events in inputs.items() if events})
        equal([x for x in lines if x["topic"] == "cube.dead-letters"], [], "dead letters")
        got.update(last(lines, "cube.state")["organisation"]["measures"])
    for topic, kind, fields in table:
        for m in measures_of(topic, kind, fields):
            n, value, hits = wanted(m["name"].rsplit(".", 1)[1])
            r = got[m["name"]]
            equal((r.get("n"), r.get("hits")), (n, hits), m["name"])
            holds(abs(r["value"] - value) < 1e-9, f"{m['name']} is {r['value']}, not {value}")


if __name__ == "__main__":
    main()
