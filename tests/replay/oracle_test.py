"""`cubed replay` against the oracle of tests/oracle, field by field, over random scenarios; and against itself: twice the same
bytes, partitions, the order of arrival.

    oracle_test.py [words]             the tests, bounded
    oracle_test.py --seeds A..B [straggling|drifting|years]   that many scenarios, printing every seed that differs
"""
import base64
import json
import os
import random
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / d) for d in ("support", "oracle")]
from compare import alert_differences, change_differences, differences, rfc3339, state_differences
from damage import bad_records
from intake import entity_key
from oracle import Oracle
from program import event, record, replay, replay_raw, sequences
from scenario import Scenario
from tap import Failed, equal, holds, main
from years import Years

HOUR = 3_600_000
SHOWN = 12
DECISIONS = ("cube.state", "cube.snapshot", "cube.changes", "cube.alerts", "cube.customers")


def run(s, *options, **inputs):
    return replay(s.config, "--until", rfc3339(s.until), *options, **(inputs or s.inputs))


def instants(s):
    return sorted({(s.until - k * 5 * HOUR) // HOUR * HOUR for k in range(4)})


def at_options(s):
    return [x for t in instants(s) for x in ("--at", rfc3339(t))]


def check(seed, **kind):
    """All differences of one scenario, as texts."""
    s = Years(seed) if "years" in kind else Scenario(seed, **kind)
    lines = run(s, "--customers", *at_options(s))
    o = Oracle(s.config, **s.inputs)
    return compare(s, lines, o)


def compare(s, lines, o):
    told_at = {"cube.state": {}, "cube.snapshot": {}}
    for line in lines:
        if line["topic"] in told_at:
            told_at[line["topic"]].setdefault(line["key"], set()).add(line["value"]["as_of"])
    o.run(s.until, *told_at.values())
    out = [f"scope {x}: no state was printed" for x in o.world.scopes() if x not in told_at["cube.state"]]
    for line in lines:
        if line["topic"] in ("cube.state", "cube.snapshot"):
            out += state_lines(line, o)
    out += customer_differences(lines, o)
    out += sequence_differences("cube.changes", sequences(lines, "cube.changes"), o.changes, change_differences)
    out += sequence_differences("cube.alerts", sequences(lines, "cube.alerts"), o.alerts, alert_differences)
    return out + refused_differences(lines, o)


def state_lines(line, o):
    place = f"{line['topic']} {line['key']} {line['value']['as_of']}"
    state = o.states.get((line["key"], line["value"]["as_of"]))
    if state is None:
        return [f"{place}: not judged by the oracle"]
    return told(place, state_differences(line["value"], state))


def told(place, found):
    return [f"{place} {path}: replay {got!r}, oracle {want!r}" for path, got, want in found]


def customer_differences(lines, o):
    out, told_of = [], {}
    for line in lines:
        if line["topic"] == "cube.customers.snapshot":
            told_of.setdefault(line["ts"], set()).add(line["key"])
        if line["topic"].startswith("cube.customers"):
            want = o.world.customers[line["key"]].record(line["ts"])
            out += told(f"{line['topic']} {line['key']} {line['ts']}", differences(line["value"], want))
    for t, names in told_of.items():
        known = {name for name, c in o.world.customers.items() if c.known(t)}
        if names != known:
            out.append(f"cube.customers.snapshot {t}: replay {sorted(names)}, oracle {sorted(known)}")
    return out


def sequence_differences(topic, got, want, differ):
    out = []
    for key in sorted({*got, *want}):
        mine, its = want.get(key, []), got.get(key, [])
        found = [f"{topic} {key} #{n} at {g['as_of']} {path}: replay {a!r}, oracle {b!r}"
                 for n, (g, w) in enumerate(zip(its, mine)) for path, a, b in differ(g, w)]
        if len(its) != len(mine):
            longer = (its, mine)[len(mine) > len(its)][min(len(its), len(mine))]
            found.append(f"{topic} {key}: replay {len(its)}, oracle {len(mine)}; the first one more: {longer!r}")
        out += found
    return out


def refused_differences(lines, o):
    """Late and dead letters: bytes untouched, reasons and places, in order."""
    got = [refused(line) for line in lines if line["topic"] in ("cube.late", "cube.dead-letters")]
    want = [("cube.late" if reason == "late" else "cube.dead-letters", rec.key, rec.raw, reason, rec.topic, rec.offset) for rec, reason in o.refused]
    count = max(len(got), len(want))
    pairs = list(zip(got + [None] * (count - len(got)), want + [None] * (count - len(want))))
    return [f"refused #{n}: replay {shown(g)}, oracle {shown(w)}" for n, (g, w) in enumerate(pairs) if not same_refusal(g, w)][:SHOWN]


def same_refusal(got, want):
    """A value that is JSON is printed as such."""
    if not got or not want or got[:2] + got[3:] != want[:2] + want[3:]:
        return False
    return got[2] == want[2] if got[2] is None or isinstance(got[2], bytes) else got[2] == json.loads(want[2])


def shown(x):
    return x and tuple(y[:60] if isinstance(y, bytes) else y for y in x)


def refused(line):
    h = line["headers"]
    key = base64.b64decode(line["key_b64"]) if "key_b64" in line else line["key"].encode() if line.get("key") is not None else None
    value = base64.b64decode(line["value_b64"]) if "value_b64" in line else line.get("value")
    return (line["topic"], key, value, h["cubed.reason"], h["cubed.source.topic"], int(h["cubed.source.offset"]))


def problem(seed, kind):
    """None, or what differs in the scenario of a seed."""
    try:
        found = check(seed, **kind)
    except Failed as failed:
        found = [str(failed)]
    if not found:
        return None
    again = " ".join([Path(__file__).name, "--seeds", f"{seed}..{seed}", *kind])
    return f"seed {seed}: {len(found)} differences; again: {again}\n" + "\n".join(found[:SHOWN])


def all_seeds(first, last, **kind):
    """How many were run; fails with what differs."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        bad = [p for p in pool.map(problem, range(first, last + 1), [kind] * (last - first + 1), chunksize=4) if p]
    if bad:
        raise Failed(f"{len(bad)} of {last - first + 1} scenarios differ\n" + "\n".join(bad[:5]))
    print(f"# seeds {first}..{last} {' '.join(kind)}")


def test_every_published_field_is_what_the_oracle_says():
    all_seeds(1, 100)


def test_with_stragglers_and_late_events_too():
    all_seeds(1, 30, straggling=True)


def test_with_turnover_that_moves_between_ticks():
    all_seeds(1, 25, drifting=True)


def test_over_years_with_the_measures_of_the_pack():
    all_seeds(1, 12, years=True)


def test_the_same_bytes_twice():
    for seed in (1001, 1002, 1003):
        s = Scenario(seed, straggling=True)
        one, two = (replay_raw(s.config, "--customers", *at_options(s), **s.inputs).stdout for _ in range(2))
        holds(one and one == two, f"seed {seed}: two runs give the same bytes")


def without_places(lines):
    """All values per topic and key, in order; source partitions and offsets aside."""
    return {topic: sequences(lines, topic) for topic in DECISIONS}


def same(seed, what, got, want):
    for topic, keys in want.items():
        for key in sorted({*keys, *got[topic]}):
            if keys.get(key) != got[topic].get(key):
                raise Failed(f"seed {seed}, {what}: {topic} {key}: {got[topic].get(key)!r:.600} is not {keys.get(key)!r:.600}")


def test_partitions_do_not_show():
    for seed in range(1, 17):
        s = Scenario(seed, straggling=seed > 12)
        one = without_places(run(s, *at_options(s)))
        for n in (4, 12):
            same(seed, f"{n} partitions", without_places(run(s, *at_options(s), "--partitions", n)), one)


def test_a_row_that_adds_up_to_zero_is_a_row():
    """One customer leaves a mean with 0 and another joins it with 0, in one tick: fresh data, whatever shares a task."""
    minute, t = 60_000, 1_767_225_600_000
    margin = {"name": "margin", "axis": "V", "class": "kpi", "aggregation": "mean", "from": {"ledger": "margin"}, "window": "1d", "score": {"at0": 0, "at100": 100}}
    config = {"version": 1, "name": "acme", "pack": "none", "scopes": ["region"], "measures": [margin], "cube": {"tick": "10m", "stale_after": "1h"}}
    events = [event("complaint", t, customer="c1", region="south"), event("complaint", t, customer="c4", region="north"),
              event("customer.update", t + 41 * minute, customer="c1", region="north"), event("customer.update", t + 42 * minute, customer="c4", region="south"),
              event("complaint", t + 90 * minute, customer="c9", region="east")]
    for n in (1, 12):
        lines = replay(config, "--partitions", n, "--at", rfc3339(t + 80 * minute), "--at", rfc3339(t + 120 * minute), interactions=events)
        stale = [x["value"]["stale"] for x in lines if x["topic"] == "cube.snapshot" and x["key"] == "region=south"]
        equal(stale, [False, True], f"{n} partitions: region=south stale at 80 and 120 minutes")


def shuffle(events, within, r):
    """Another order of arrival: no event further behind the largest ts before it than `within`, which itself does occur."""
    return [e for _, e in sorted(((e["ts"] + r.choice((0, within, r.randint(0, within))), e) for e in events), key=lambda x: x[0])]


def test_the_order_of_arrival_does_not_show():
    for seed, shuffles in ((7, 20), (8, 4), (9, 4), (10, 4)):
        s = Scenario(seed)
        s.config["time"]["out_of_order"] = "10m"
        events = {topic: distinct(es) for topic, es in s.events.items()}
        straight = without_places(run(s, *at_options(s), **events))
        for n in range(shuffles):
            mixed = {topic: shuffle(es, 600_000, random.Random(n)) for topic, es in events.items()}
            same(seed, f"shuffle {n}", without_places(run(s, *at_options(s), **mixed)), straight)


def distinct(events):
    """Without repeated ids: of two events with one id, the one that comes first is the one that counts."""
    out = {}
    for e in events:
        out.setdefault(e["id"], e)
    return list(out.values())


def mixed_records(s, seed, r):
    """The events of a scenario as raw records, with refused ones in between; (lines, reasons in order)."""
    good = [(e["ts"], topic, entity_key(topic, e), e) for topic, es in s.inputs.items() for e in es]
    good.sort(key=lambda x: x[0])
    lines = [record(topic, key, e if r.random() < 0.5 else json.dumps(e)) for _, topic, key, e in good]
    for topic, key, value, reason in bad_records(seed, s.events):
        lines.insert(r.randrange(len(lines) + 1), {**record(topic, key, value), "reason": reason or "ignored"})
    return [{k: v for k, v in line.items() if k != "reason"} for line in lines], [line["reason"] for line in lines if "reason" in line]


def test_each_record_ends_in_one_outcome_and_each_reason_is_found():
    for seed in range(1, 9):
        r = random.Random(seed)
        s = Scenario(seed)
        lines, reasons = mixed_records(s, seed, r)
        now = max(e["ts"] for es in s.events.values() for e in es)
        lines.insert(len(lines) // 2, record("interactions", "c1", {"v": 1, "id": "ahead", "ts": now + 400_000, "kind": "complaint", "customer": "c1"}))
        o = Oracle(s.config, records=lines, now=now)
        equal(sorted(reason for _, reason in o.refused if reason != "future"), sorted(x for x in reasons if x != "ignored"), f"seed {seed}: the oracle's reasons")
        equal(sum(o.counts.values()), len(lines), f"seed {seed}: outcomes")
        printed = replay(s.config, "--until", rfc3339(s.until), "--now", rfc3339(now), *at_options(s), "--customers", records=lines)
        found = compare(s, printed, o)
        if found:
            raise Failed(f"seed {seed}: {len(found)} differences\n" + "\n".join(found[:SHOWN]))


def seeds_main(text, words):
    first, last = map(int, text.split(".."))
    kind = dict.fromkeys(words, True)
    bad = 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(problem, range(first, last + 1), [kind] * (last - first + 1), chunksize=4):
            if found:
                bad += 1
                print(f"not ok - {found}"[:6000], flush=True)
    print(f"{last - first + 1} scenarios, {bad} differ")
    sys.exit(bad > 0)


if __name__ == "__main__":
    if "--seeds" in sys.argv:
        at = sys.argv.index("--seeds")
        seeds_main(sys.argv[at + 1], sys.argv[at + 2:])
    main()
