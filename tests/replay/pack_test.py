#!/usr/bin/env python3
"""The built-in pack through cubed replay: every measure gets a value from events a company can send, and the CPIs the right one."""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from program import cubed, event, folder, last, of_topic, replay, write_config
from tap import equal, holds, main

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
T0 = 1_767_571_200_000  # 2026-01-05, a Monday
NINE = T0 + 9 * HOUR
THEMES = ("pleasure", "motivation", "effort", "pride", "commitment", "working_conditions", "collegiality")
CONFIG = {"version": 1, "name": "pack", "scopes": []}


def quotes():
    """Prices in 4, 20 and 50 seconds, one lost; a quote on Tuesday morning, one on Monday a week later."""
    out = []
    for n, seconds in enumerate((4, 20, 50)):
        out += [event("request.open", NINE + n, customer=f"c{n}", request=f"p{n}", request_type="instant_quote"),
                event("request.done", NINE + n + seconds * 1000, customer=f"c{n}", request=f"p{n}")]
    out += [event("request.open", NINE, customer="c9", request="p9", request_type="instant_quote"),
            event("request.lost", NINE + 60_000, customer="c9", request="p9")]
    out += [event("request.open", NINE + 7 * HOUR, customer="c1", request="q1", request_type="quote"),  # 16:00 to 10:00: 2 h of the office
            event("request.done", NINE + 25 * HOUR, customer="c1", request="q1"),
            event("request.open", NINE, customer="c2", request="q2", request_type="quote"),
            event("request.done", NINE + 7 * DAY, customer="c2", request="q2")]
    return out


def purchases():
    out = [event("purchase", NINE + i * MINUTE, customer=f"c{i}", order=f"o{i}", revenue=100 * (i + 1), cost=40 * (i + 1),
                 product_group="song" if i == 4 else "care") for i in range(5)]
    return out + [event("purchase", NINE + DAY, customer="c0", order="o9", revenue=50, cost=70)]


def services():
    out = [event("contact.open", NINE, customer="c0", case="k1", direction="inbound"), event("contact.resolve", NINE + HOUR, customer="c0", case="k1"),
           event("contact.confirm", NINE + 2 * HOUR, customer="c0", case="k1", satisfied=True),
           event("contact.open", NINE, customer="c1", case="k2", direction="outbound")]
    out += [event("lead.created", NINE, customer="c0", lead="l1"), event("lead.won", NINE + DAY, customer="c0", lead="l1"),
            event("lead.lost", NINE + DAY, customer="c1", lead="l2"), event("complaint", NINE, customer="c2"),
            event("promo.response", NINE, customer="c1"), event("promo.response", NINE, customer="c2"),
            event("journey.stage", NINE, customer="c1", journey="start", stage="welcome"), event("selfservice.login", NINE, customer="c1"),
            event("social.share", NINE, customer="c1", ref="r"), event("newsletter.read", NINE, customer="c1", issue="i1"),
            event("churn", NINE + DAY, customer="c3"),
            event("value.delivered", NINE, customer="c0", amount=310, unit="EUR"), event("value.delivered", NINE, customer="c1", amount=9, unit="hours")]
    costs = (("visits", 30), ("credits", 12), ("replacements", 8), ("gifts", 10))
    return out + [event("cost", NINE, customer="c4", category=c, amount=a) for c, a in costs]


def cpis():
    def m(cpi, value, customer="c1", at=NINE):
        return event("measurement", at, customer=customer, cpi=cpi, value=value)
    out = [m("payment_options", 3), m("payment_options", 6), m("payment_option_kinds", 2), m("friends", 10), m("friends", 25, at=NINE + DAY),
           m("friends", 5, "c2"), m("streaming_minutes", 90), m("avoided_cost", 20), m("answer_minutes", 4, at=NINE + 2 * DAY + 20 * HOUR)]
    out += [m("nothing_broke", 0 if i == 7 else 1, f"c{i % 5}") for i in range(20)]
    for instrument, values in (("nps", (10, 9, 3, 8)), ("csat", (5, 4, 2)), ("ces", (6, 7, 4)), ("grade10", (8, 7))):
        out += [event("survey", NINE, customer=f"c{i}", instrument=instrument, value=v) for i, v in enumerate(values)]
    for customer, expected, got in (("c1", 8, 9), ("c2", 7, 7), ("c3", 9, 6)):
        out += [event("survey", NINE, customer=customer, instrument="expectation", subject="delivery", value=expected),
                event("survey", NINE + DAY, customer=customer, instrument="fulfilment", subject="delivery", value=got)]
    return out


def people():
    out = [event("hire", T0 - 30 * DAY + i, employee=f"e{i}", fte=1) for i in range(10)]
    out += [event("survey", NINE, employee=f"e{i}", theme=t, value=4 if i < 6 else 3, scale=5) for t in THEMES for i in range(10)]
    out += [event("enps", NINE, employee=f"e{i}", value=10 if i < 5 else 7) for i in range(10)]
    out += [event("hire", NINE, employee="new"), event("recruit_cost", NINE, employee="new", internal=500, external=1500),
            event("productive", NINE + 2 * DAY, employee="new"), event("absence.start", NINE, employee="e1", fraction=0.5),
            event("absence.end", NINE + DAY, employee="e1"), event("exit", NINE + DAY, employee="e2", voluntary=True, regretted=True)]
    return out


_state = {}


def state():
    if not _state:
        ordered = lambda events: sorted(events, key=lambda e: e["ts"])
        lines = replay(CONFIG, "--at", "2026-01-15T00:00:00Z", interactions=ordered(quotes() + purchases() + services()),
                       cpi=ordered(cpis()), hr=ordered(people()))
        equal([x for x in lines if x["topic"] in ("cube.late", "cube.dead-letters")], [])
        _state.update(of_topic(lines, "cube.snapshot", "organisation")[0]["measures"])
    return _state


def registry():
    with folder() as place:
        return json.loads(cubed("check", "-c", write_config(place / "c.yaml", CONFIG), "--json").stdout)["registry"]


def test_every_measure_gets_a_value():
    empty = [m["name"] for m in registry() if m["name"] not in ("answer_minutes",) and "value" not in state().get(m["name"], {})]
    equal(empty, [])


def close(name, want, **fields):
    got = state()[name]
    holds(abs(got["value"] - want) < 1e-9, f"{name}: {got}")
    equal({k: got.get(k) for k in fields}, fields, name)


def test_the_seven_cpis():
    close("fast_quote", 2 / 3, n=3, hits=2, lost=1)
    close("payment_options", 4.5, n=2)
    close("payment_option_kinds", 2, n=1)
    close("quote_in_time", 0.5, n=2, hits=1, waiting=0)
    close("quote_turnaround", 0.5, n=2, hits=1)
    holds(state()["quote_turnaround"]["mean"] == (2 + 5 * 8) / 2 * HOUR, "2 hours of the office, and five days of eight hours")
    close("friends_growth", 15, n=3, gauge=30)  # the first value of a customer is no growth
    close("first_time_resolution", 1, n=1, hits=1, waiting=1)
    close("nothing_broke", 0.95, n=20, hits=19)
    close("value_delivered", 310, n=1)


def test_the_kpis_beside_them():
    close("lead_win_rate", 0.5, n=2)
    close("streaming_minutes", 90)
    close("song_purchases", 1)
    close("breakage_cost", 20)
    close("breakage_cost_per_delivery", 20 / 19)
    close("avoided_cost", 20)
    close("value_balance", 310 / (1550 - 670))
    close("repeat_rate", 1 / 6, n=6, hits=1)
    close("average_order_value", 1550 / 6, n=6)
    close("promo_share", 2 / 8, n=8)
    close("inbound_share", 0.5, n=2)
    close("unattributed_cost", 30 / 60)
    close("ces", 2 / 3, n=3)
    close("expectation_gap", -2 / 3, n=3, met=2 / 3, exceeded=1 / 3)
    # Margins of c0 to c4: 60 - 20, 120, 180, 240, and 300 less 60 to serve. The customer with most revenue takes all the effort.
    close("margin_concentration", 240 / 820, n=5, k=1, whale={"value": 1.0, "rank": 5})
    close("effort_mismatch", 0, n=5, k=1)
    close("effort_per_customer", 10, n=6)


def test_employees():
    for theme in THEMES:
        close(theme, 0.6, n=10, hits=6)
    close("enps", 50, n=10)
    close("time_to_productivity", 2 * DAY, n=1)
    close("cost_per_hire", 2000 / 11, n=11)


if __name__ == "__main__":
    main()
