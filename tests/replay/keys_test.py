#!/usr/bin/env python3
"""Scopes whose values look like parts of a key, through `cubed replay`: they are what they would be under other names."""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import event, last, of_topic, replay, sequences  # noqa: E402
from retention_test import config as observed, story  # noqa: E402
from tap import equal, holds, main  # noqa: E402

DAY = 86_400_000
T0 = 1_767_225_600_000
CONFIG = {"version": 1, "name": "keys", "pack": "none", "scopes": ["region", "segment", ["region", "segment"]],
          "measures": [{"name": "revenue", "aggregation": "sum", "from": {"kind": "purchase", "value": "revenue"}, "window": "30d"}]}
WHERE = [("a", "b"), ("a,segment=b", None), ("a", "b,segment=c"), ("a,segment=b", "c"), ("a%2Csegment=b", None), ("a%2Csegment=b", "c"), ("", ",segment=")]


def purchases():
    return [event("purchase", T0 + i * DAY // 20, id=f"p{i:03}", customer=f"c{i % len(WHERE)}", order=f"o{i}", revenue=1 << i % len(WHERE), region=region,
                  **({"segment": segment} if segment else {})) for i in range(70) for region, segment in [WHERE[i % len(WHERE)]]]


def test_two_scopes_have_two_keys():
    states = last(replay(CONFIG, interactions=purchases()), "cube.state")
    found = {key: value["measures"]["revenue"]["value"] for key, value in states.items()}
    equal(found, {"organisation": 1270.0, "region=a": 50.0, "region=a%2Csegment=b": 100.0, "region=a%252Csegment=b": 480.0, "region=": 640.0,
                  "segment=b": 10.0, "segment=b%2Csegment=c": 40.0, "segment=c": 400.0, "segment=%2Csegment=": 640.0, "region=a,segment=b": 10.0,
                  "region=a,segment=b%2Csegment=c": 40.0, "region=a%2Csegment=b,segment=c": 80.0, "region=a%252Csegment=b,segment=c": 320.0,
                  "region=,segment=%2Csegment=": 640.0})


def test_partitions_do_not_show_in_them():
    one, five = (sequences(replay(CONFIG, "--partitions", n, interactions=purchases()), "cube.state") for n in (1, 5))
    equal(five, one)


def test_an_alert_is_of_the_scope_of_its_value():
    alert = {"name": "Odd", "measure": "revenue", "threshold": {"above": 30}, "scopes": {"region": ["a,segment=b", "none"]}}
    alerts = of_topic(replay(CONFIG | {"alerts": [alert]}, interactions=purchases()), "cube.alerts")
    equal({line["labels"]["scope"] for line in alerts}, {"region=a%2Csegment=b"})


def test_observed_retention_of_such_a_segment_is_its_own():
    plain = story(3)
    odd = json.loads(json.dumps(plain).replace('"gold"', '"gold,region=x"'))
    told = [json.loads(json.dumps(of_topic(replay(observed(), interactions=events), "cube.customers")).replace("gold,region=x", "gold")) for events in (plain, odd)]
    holds(any("gold" in json.dumps(line) for line in told[0]), "somebody is of that segment")
    equal(told[1], told[0])


if __name__ == "__main__":
    main()
