#!/usr/bin/env python3
"""cubed replay over the two public data sets gives the published figures, and all others a measure exists for."""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import figures
from data_sets import events_folder, expected
from program import cubed, folder, lines_of, write_config
from tap import equal, main

# How many figures of each name are compared: one that drops out fails the test.
CDNOW_SAMPLE = {"revenue": 46, "units": 44, "purchases": 44, "active_customers": 44, "new_customers": 16,
                "top20_revenue_share": 38, "gini_revenue": 38, "repeat_rate_lines": 16, "customer_revenue": 3, "customer_relationship_days": 3}
CDNOW_MASTER = {"revenue": 46, "units": 44, "purchases": 44, "active_customers": 44, "new_customers": 16,
                "top20_revenue_share": 38, "gini_revenue": 38, "repeat_rate_lines": 16}
ATTRITION = {"exits": 12, "hires": 12, "average_headcount": 12, "turnover": 12, "turnover_regretted": 12, "turnover_voluntary": 4,
             "exits_per_row": 4, "employees_ever": 4, "headcount": 20, "favourable": 20, "survey_mean": 20, "survey_histogram": 20}
# Those among them that stand in print, or in an earlier calculation of our own.
PUBLISHED_SAMPLE = {"revenue": 1, "units": 1, "purchases": 1, "active_customers": 1, "top20_revenue_share": 1}
PUBLISHED_MASTER = {"purchases": 1, "active_customers": 1}
PUBLISHED_ATTRITION = {"exits": 4, "exits_per_row": 4, "employees_ever": 4, "headcount": 1}


def replayed(config, events, doc, *options, more=()):
    with folder() as place:
        path = write_config(place / "config.yaml", config)
        done = cubed("replay", "-c", path, *events, *figures.instants(doc, more), *options, timeout=300)
    return lines_of(done.stdout)


def told(what, doc, counts, published, left_out):
    names = {}
    for f in doc["figures"]:
        if f["name"] in left_out:
            names[f["name"]] = names.get(f["name"], 0) + 1
    all_published = sum("published" in f for f in doc["figures"])
    print(f"# {what}: {sum(counts.values())} of {len(doc['figures'])} figures compared, "
          f"{sum(published.values())} of the {all_published} published ones ({', '.join(published)})")
    for name, n in names.items():
        print(f"#   left out: {name} ({n}): {left_out[name]}")


def purchases_by_customer(path):
    out = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        e = json.loads(line)
        c = out.setdefault(e["customer"], {"purchases": 0, "micro": 0, "first_seen": e["ts"]})
        c["purchases"] += 1
        c["micro"] += round(e["revenue"] * 1_000_000)
        c["last_seen"] = e["ts"]
    return out


def cdnow(what, file, counts_wanted, published_wanted, *options):
    doc, events = expected("cdnow", file), events_folder("cdnow", *options) / "interactions.ndjson"
    # Customers' records of the last instant only: they are many.
    lines = replayed(figures.cdnow_config(), ["--interactions", events], doc)
    answers = figures.Answers.of_replay(lines)
    last = {"figures": [f for f in doc["figures"] if f["at"] == "1998-07-01T00:00:00Z"]}
    lines = replayed(figures.cdnow_config(), ["--interactions", events], last, "--customers")
    answers.customers = figures.Answers.of_replay(lines).customers
    counts, published = figures.judge_all(doc, figures.CDNOW, figures.CDNOW_NOT, answers)
    equal(counts, counts_wanted, "figures compared")
    equal(published, published_wanted, "published figures among them")
    told(what, doc, counts, published, figures.CDNOW_NOT)
    want = purchases_by_customer(events)
    equal(sorted(answers.customers), sorted(want), "customers")
    for key, c in answers.customers.items():
        got = {"purchases": c["purchases"], "micro": round(c["revenue"] * 1_000_000), "first_seen": c["first_seen"], "last_seen": c["last_seen"]}
        equal(got, want[key], f"customer {key}")
    print(f"#   and {len(want)} customers' records agree with their purchases")


def test_cdnow_gives_the_figures_of_2357_customers():
    cdnow("CDNOW, sample", "expected.json", CDNOW_SAMPLE, PUBLISHED_SAMPLE)


def test_cdnow_master_gives_the_figures_of_23570_customers():
    cdnow("CDNOW, whole cohort", "expected-master.json", CDNOW_MASTER, PUBLISHED_MASTER, "--master")


def test_attrition_gives_headcount_turnover_and_what_privacy_lets_out():
    doc, events = expected("attrition"), events_folder("attrition") / "hr.ndjson"
    at = doc["figures"][0]["at_ms"]
    lines = replayed(figures.attrition_config(), ["--hr", events], doc, more=figures.ever_instants(at))
    counts, published = figures.judge_all(doc, figures.ATTRITION, {}, figures.Answers.of_replay(lines))
    equal(counts, ATTRITION, "figures compared")
    equal(published, PUBLISHED_ATTRITION, "published figures among them")
    told("attrition", doc, counts, published, {})


if __name__ == "__main__":
    main()
