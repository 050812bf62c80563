#!/usr/bin/env python3
"""Scopes beyond limits.scopes: their rows go to the overflow of their kind, so that what is inside a scope still adds up to it; and which scopes
are kept follows from the events alone."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

from program import event, last, replay
from tap import equal, holds, main

T0, MINUTE = 1_704_067_200_000, 60_000
REGIONS = ("east", "north", "south", "west")


def config(**limits):
    return {"version": 1, "name": "acme", "pack": "none", "kafka": {"bootstrap.servers": "127.0.0.1:9"}, "scopes": ["region", ["region", "segment"]],
            "limits": limits, "publish": {"customers": "all"}, "time": {"out_of_order": "1h"},
            "measures": [{"name": "complaints", "aggregation": "count", "from": {"kind": "complaint"}, "window": "30d"},
                         {"name": "revenue", "aggregation": "sum", "from": {"kind": "purchase", "value": "revenue"}, "window": "30d"},
                         {"name": "active", "aggregation": "active", "window": "30d"}]}


def story():
    """Every region from its own minute on, west first; customers move from region to region."""
    out = []
    for i in range(240):
        region = REGIONS[3 - min(i // 40, 3)] if i % 3 else REGIONS[3]
        who = {"customer": f"c{i % 7}", "region": region, "segment": "smb" if i % 2 else "big"}
        out.append(event("complaint", T0 + i * MINUTE, id=f"x{i}", **who) if i % 2 else
                   event("purchase", T0 + i * MINUTE, id=f"x{i}", order=f"o{i}", revenue=i / 4, **who))
    return out


def states(events, *options, **limits):
    lines = replay(config(**limits), *options, interactions=events)
    return {k: s for k, s in last(lines, "cube.state").items()}


def figures(state):
    m = state["measures"]
    return [m[name].get(f, 0) for name, f in (("complaints", "value"), ("revenue", "value"), ("active", "value")) if name in m]


def total(all_states, keys):
    columns = zip(*[[all_states[k]["measures"].get(name, {}).get("value", 0) for name in ("complaints", "revenue", "active")] for k in keys])
    return [sum(c) for c in columns]


def test_scopes_beyond_the_limit_count_in_the_overflow_of_their_kind():
    whole, few = states(story()), states(story(), scopes=3)
    equal(sorted(few), ["organisation", "region=overflow", "region=overflow,segment=overflow", "region=west", "region=west,segment=big",
                        "region=west,segment=smb"])
    for key in ("organisation", "region=west", "region=west,segment=big"):
        equal(few[key]["measures"], whole[key]["measures"], f"{key} is what it is without a limit")
    rest = [f"region={r}" for r in REGIONS[:3]]
    equal(total(few, ["region=overflow"]), total(whole, rest), "the overflow is the sum of those beyond the limit")
    equal(total(few, ["region=west", "region=overflow"]), figures(few["organisation"]), "regions add up to the organisation")
    equal(total(few, ["region=overflow,segment=overflow"]), total(whole, [f"{r},segment={s}" for r in rest for s in ("smb", "big")]))


def test_which_scopes_are_kept_follows_from_the_events_alone():
    want = states(story(), scopes=4)
    holds("region=south" in want and "region=overflow" in want, sorted(want))
    backwards = story()
    for i in range(0, len(backwards), 60):
        backwards[i:i + 60] = reversed(backwards[i:i + 60])
    equal(states(backwards, scopes=4), want, "in another order")
    for n in (1, 7, 50):
        equal(states(story(), "--commit-every", n, scopes=4), want, f"commits of {n} events")


def test_a_scope_called_overflow_is_the_overflow():
    events = [event("complaint", T0 + i * MINUTE, customer="c", region=r) for i, r in enumerate(("overflow", "north", "south"))]
    got = states(events, scopes=1)
    equal({k: s["measures"]["complaints"]["value"] for k, s in got.items()}, {"organisation": 3, "region=north": 1, "region=overflow": 2})


def test_customers_beyond_the_limit_count_in_their_scopes():
    whole, few = states(story()), states(story(), customers=3)
    for key, s in whole.items():
        for name in ("complaints", "revenue"):
            equal(few[key]["measures"].get(name), s["measures"].get(name), f"{name} of {key}")
    equal(few["organisation"]["measures"]["active"]["value"], 3)


if __name__ == "__main__":
    main()
