#!/usr/bin/env python3
"""Bad input through cubed replay --records: every reason of the contract, untouched bytes, outcomes that add up."""
import base64
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import bad_records as bad
from program import cubed, folder, lines_of, record, replay, replay_raw, write_config
from tap import contains, equal, holds, main
from wire import pack

CONFIG = {"version": 1, "name": "bad", "pack": "none", "time": {"idle_after": "never"}, "limits": {"dead_letter_share": 1},
          "measures": [{"name": "complaints", "aggregation": "count", "from": {"kind": "complaint"}, "window": "3660d"}]}
UNTIL = ("--until", "2024-06-01T00:00:00Z", "--at", "2024-06-01T00:00:00Z")


def good(**fields):
    e = bad.complaint(**fields)
    return record("interactions", e["customer"], e)


def dead(lines):
    return [x for x in lines if x["topic"] == "cube.dead-letters"]


def late(lines):
    return [x for x in lines if x["topic"] == "cube.late"]


def counted(lines):
    """Complaints that were applied."""
    for x in lines:
        if x["topic"] == "cube.snapshot" and x["key"] == "organisation":
            return x["value"]["measures"].get("complaints", {}).get("value", 0)
    return 0


def bytes_of(raw_line, line, name):
    """The bytes of key or value as the line gives them: JSON stands in it as it came."""
    if f"{name}_b64" in line:
        return base64.b64decode(line[f"{name}_b64"])
    if line[name] is None:
        return None
    if name == "key":
        return line[name].encode()
    return raw_line.split(b'"value":', 1)[1].rsplit(b',"headers":{', 1)[0]


def refused(cases, *options, topic="cube.dead-letters", before=()):
    """Replays the cases with a good event behind each; returns {name: (line, raw line)} of what was refused, by source."""
    records, places, counts = list(before), {}, {}
    for r in before:
        counts[r["topic"]] = counts.get(r["topic"], 0) + 1
    for case in cases:
        name, source = case[0], case[1]
        places[(source, counts.get(source, 0))] = case
        counts[source] = counts.get(source, 0) + 1
        records.append(record(source, case[2], case[3]))
        counts["interactions"] = counts.get("interactions", 0) + 1
        records.append(good(ts=bad.T0 + 1000))
    raw = replay_raw(CONFIG, *UNTIL, *options, records=records).stdout.splitlines()
    lines = [json.loads(x) for x in raw]
    equal(counted(lines), len(cases) + sum(r["topic"] == "interactions" for r in before), "good events around the bad ones")
    out = {}
    for line, raw_line in zip(lines, raw):
        if line["topic"] == topic:
            source = (line["headers"]["cubed.source.topic"], int(line["headers"]["cubed.source.offset"]))
            equal(line["headers"]["cubed.source.partition"], "0", "source partition")
            out[places[source][0]] = (line, raw_line)
    return out


def check_refused(cases, *options, **more):
    found = refused(cases, *options, **more)
    wrong = []
    for name, source, key, value, reason in cases:
        if name not in found:
            wrong.append(f"{name}: not refused")
            continue
        line, raw_line = found[name]
        if line["headers"]["cubed.reason"] != reason:
            wrong.append(f"{name}: {line['headers']['cubed.reason']} ({line['headers']['cubed.detail']}), want {reason}")
            continue
        holds(0 < len(line["headers"]["cubed.detail"]) <= 200, f"{name}: a detail for people")
        equal(bytes_of(raw_line, line, "key"), key, f"{name}: key")
        equal(bytes_of(raw_line, line, "value"), value, f"{name}: value")
        equal(sorted(line["headers"]), ["cubed.detail", "cubed.reason", "cubed.source.offset", "cubed.source.partition", "cubed.source.topic"], f"{name}: headers")
    equal(wrong, [], f"{len(wrong)} of {len(cases)} cases")


def unique(cases):
    equal(len({c[0] for c in cases}), len(cases), "cases have names of their own")
    return cases


def test_undecodable():
    check_refused(unique(bad.undecodable()))


def test_not_a_map():
    check_refused(unique(bad.not_a_map()))


def test_version():
    check_refused(unique(bad.version()))


def test_missing_field():
    check_refused(unique(bad.missing_field()))


def test_wrong_type():
    check_refused(unique(bad.wrong_type()))


def test_wrong_topic():
    check_refused(unique(bad.wrong_topic()))


def test_not_finite():
    check_refused(unique(bad.not_finite()))


def test_key_mismatch():
    check_refused(unique(bad.key_mismatch()))


def test_too_large():
    check_refused(unique(bad.too_large()))


def test_too_deep():
    check_refused(unique(bad.too_deep()))


def test_of_two_faults_the_earlier_check_tells():
    check_refused(unique(bad.two_faults()))


def test_every_reason_has_several_cases():
    by_reason = {}
    for case in bad.all_cases():
        by_reason[case[4]] = by_reason.get(case[4], 0) + 1
    equal(sorted(by_reason), sorted(set(bad.REASONS) - {"future", "late"}))
    holds(min(by_reason.values()) >= 4, f"several each: {by_reason}")


def test_future_by_the_clock_that_now_sets():
    skew = 300_000
    now = ("--now", "2024-01-01T00:10:00Z")
    edge = bad.T0 + 600_000 + skew
    cases = [("one ms beyond", "interactions", b"c1", pack(bad.complaint(ts=edge + 1)), "future"),
             ("a year beyond", "interactions", b"c1", bad.text(bad.complaint(ts=edge + 365 * bad.DAY)), "future"),
             ("on another topic", "cpi", b"c1", pack(bad.measured(ts=edge + 1)), "future"),
             ("an employee's", "hr", b"e1", pack(bad.hr("hire", ts=edge + 1)), "future")]
    check_refused(cases, *now, before=[good(ts=edge)])
    equal(len(dead(replay(CONFIG, *UNTIL, records=[record(t, k, v) for _, t, k, v, _ in cases]))), 0, "without --now nothing is future")


def test_late_is_older_than_the_watermark_less_lateness():
    head = bad.T0 + 1000  # the good event in front: the watermark stands 2 s before it
    edge = head - 2000 - bad.DAY
    cases = [("one ms too old", "interactions", b"c1", pack(bad.complaint(ts=edge - 1)), "late"),
             ("a year too old", "interactions", b"c1", bad.text(bad.complaint(ts=head - 365 * bad.DAY)), "late"),
             ("on another topic", "cpi", b"c1", pack(bad.measured(ts=edge - 1)), "late"),
             ("an employee's", "hr", b"e1", pack(bad.hr("hire", ts=1)), "late")]
    check_refused(cases, topic="cube.late", before=[good(ts=head)])
    lines = replay(CONFIG, *UNTIL, records=[good(ts=head), good(ts=edge)])
    equal((len(late(lines)), counted(lines)), (0, 2), "exactly on the edge it counts")


def test_a_late_record_bears_its_event_time():
    old = bad.complaint(ts=bad.T0 - 2 * bad.DAY)
    equal([x["ts"] for x in late(replay(CONFIG, *UNTIL, records=[good(), record("interactions", "c1", old)]))], [old["ts"]])


def test_a_record_too_late_and_repeated_is_late_each_time():
    """Refused and late records are not remembered."""
    old = bad.complaint(ts=bad.T0 - 2 * bad.DAY)
    lines = replay(CONFIG, *UNTIL, records=[good(), record("interactions", "c1", old), record("interactions", "c1", old)])
    equal([x["headers"]["cubed.source.offset"] for x in late(lines)], ["1", "2"])
    equal(counted(lines), 1)


def test_headers_stay_as_they_came():
    """As a map of texts; what cannot stand in it, beside it, in the form in which --records takes it: a line can be replayed again."""
    one = {"trace": "00-7", "tenant": "ä\n"}
    many = [["twice", base64.b64encode(b"first").decode()], ["bytes", "/wA="], ["none", None], ["nul", "AA=="], ["cubed.reason", "bWluZQ=="]]
    records = [{**record("interactions", "c1", b"{"), "headers": one}, {**record("interactions", "c1", bad.text(bad.complaint(ts=bad.T0 - 2 * bad.DAY))), "headers": one},
               {**record("interactions", "c1", b"[1]"), "headers": {"twice": "second"}, "headers_b64": many}, {**record("interactions", "c1", b"7"), "headers": {}}]
    lines = replay(CONFIG, *UNTIL, records=[good(), *records])
    ours = lambda line: {k: v for k, v in line["headers"].items() if not k.startswith("cubed.")}
    equal([(ours(x), x.get("headers_b64")) for x in dead(lines)], [(one, None), ({"twice": "second"}, many), ({}, None)])
    equal([(ours(x), x["headers"]["cubed.reason"]) for x in late(lines)], [(one, "late")])
    equal([x["headers"]["cubed.reason"] for x in dead(lines)], ["undecodable", "undecodable", "not_a_map"], "what the record says itself stands beside")


def test_headers_that_are_none_are_refused():
    for wrong in ({"headers": ["a"]}, {"headers": {"a": 7}}, {"headers_b64": {}}, {"headers_b64": [["a"]]}, {"headers_b64": [["a", "?"]]}, {"headers_b64": [[1, "AA=="]]}):
        done = replay_raw(CONFIG, records=[good(), {**good(), **wrong}], code=65)
        contains(done.stderr.decode(), 'records.ndjson:2: error: "headers" is no map of texts')


def test_a_value_that_is_null_is_not_no_value():
    lines = dead(replay(CONFIG, *UNTIL, records=[good(), record("interactions", "c1", b"null"), record("interactions", "c1", None), record("interactions", "c1", b" null\t")]))
    equal([(x["value"], x.get("value_b64")) for x in lines], [(None, "bnVsbA=="), (None, None), (None, "IG51bGwJ")])


def test_a_refused_id_is_free():
    e = bad.purchase(revenue="five")
    repaired = bad.complaint(id=e["id"])
    lines = replay(CONFIG, *UNTIL, records=[record("interactions", "c1", e), record("interactions", "c1", repaired)])
    equal((len(dead(lines)), counted(lines)), (1, 1))


def test_unknown_kinds_are_ignored():
    cases = bad.ignored_cases()
    lines = replay(CONFIG, *UNTIL, records=[good()] + [record(t, k, v) for _, t, k, v in cases])
    equal((dead(lines), late(lines), counted(lines)), ([], [], 1))


def test_odd_but_good_records_count():
    cases = bad.odd_but_good()
    lines = replay(CONFIG, *UNTIL, records=[record(t, k, v) for _, t, k, v in cases])
    equal(dead(lines), [])
    equal(counted(lines), len(cases))


def test_a_repeated_id_counts_once():
    e = bad.complaint(id="same")
    other_key, other_ts = {**e, "customer": "c2"}, {**e, "ts": e["ts"] + 5}
    on_cpi = {**bad.measured(), "id": "same"}
    lines = replay(CONFIG, *UNTIL, records=[record("interactions", "c1", e), record("interactions", "c1", e), record("interactions", "c1", bad.text(e)),
                                            record("interactions", "c1", other_ts), record("interactions", "c2", other_key), record("cpi", "c1", on_cpi)])
    equal(dead(lines), [])
    equal(counted(lines), 2, "once for c1, once for c2")


def test_an_id_is_forgotten_when_the_watermark_passes_its_horizon():
    """dedup.horizon is 1 h and out_of_order 2 s: the watermark stands at T0 + 1 h, not beyond it, then beyond it."""
    e = bad.complaint(id="again")
    on_the_edge = [good(ts=bad.T0 + 3_600_000 + 2000)]
    beyond = [good(ts=bad.T0 + 3_600_000 + 2001)]
    again = record("interactions", "c1", e)
    equal(counted(replay(CONFIG, *UNTIL, records=[again, *on_the_edge, again])), 2, "remembered up to the horizon")
    equal(counted(replay(CONFIG, *UNTIL, records=[again, *beyond, again])), 3, "forgotten beyond it")


def test_an_id_is_forgotten_when_none_of_the_last_records_had_it():
    """limits.ids is 3: the third record behind the one that had it last still knows it, the fourth does not, and a duplicate had it."""
    again, other = record("interactions", "c1", bad.complaint(id="again")), lambda n: [good() for _ in range(n)]
    few = {**CONFIG, "limits": {"ids": 3}}
    equal(counted(replay(few, *UNTIL, records=[again, *other(2), again])), 3, "remembered by so many records")
    equal(counted(replay(few, *UNTIL, records=[again, *other(3), again])), 5, "forgotten by more")
    equal(counted(replay(few, *UNTIL, records=[again, *other(2), again, *other(2), again])), 5, "a duplicate had it")
    equal(counted(replay(few, *UNTIL, records=[again, *[record("interactions", "c1", b"{")] * 3, again])), 2, "records that are refused stand between them, too")


def test_a_duplicate_of_another_time_does_not_keep_its_id():
    """limits.ids is 3: it counts no more than the first, but the fourth record behind that one does not know it any more."""
    again, later = (record("interactions", "c1", bad.complaint(id="again", ts=bad.T0 + ms)) for ms in (0, 1))
    other = lambda n: [good() for _ in range(n)]
    few = {**CONFIG, "limits": {"ids": 3}}
    equal(counted(replay(few, *UNTIL, records=[again, other(1)[0], later, *other(1)])), 3, "a duplicate")
    equal(counted(replay(few, *UNTIL, records=[again, other(1)[0], later, *other(1), again])), 4, "it did not have it")


def everything():
    """All cases, mixed with good ones: (records, outcomes they must have)."""
    records, repeated = [], bad.complaint(id="twice")
    for i, (_, topic, key, value, _) in enumerate(bad.all_cases()):
        records += [record(topic, key, value), good(ts=bad.T0 + 10, customer=f"c{i % 20}")]
    ignored = [record(t, k, v) for _, t, k, v in bad.ignored_cases()]
    duplicates = [record("interactions", "c1", repeated)] * 5
    lates = [good(ts=bad.T0 - 3 * bad.DAY) for _ in range(3)]
    return records + ignored + duplicates + lates, {
        "dead_letter": len(bad.all_cases()), "ignored": len(ignored), "duplicate": 4, "late": 3, "applied": len(records) // 2 + 1}


def test_the_outcomes_add_up():
    records, want = everything()
    equal(sum(want.values()), len(records))
    lines = replay(CONFIG, *UNTIL, records=records)
    got = {"dead_letter": len(dead(lines)), "late": len(late(lines)), "applied": counted(lines)}
    equal(got, {k: want[k] for k in got})
    print(f"# {len(records)} records: {want}")


def test_partitions_do_not_change_what_is_refused():
    records, _ = everything()
    def view(partitions):
        lines = replay(CONFIG, *UNTIL, "--partitions", partitions, records=records)
        return sorted((x["headers"]["cubed.reason"], str(x.get("key")), str(x.get("value"))[:100]) for x in dead(lines) + late(lines)), counted(lines)
    equal(view(7), view(1))


def test_files_refuse_lines_as_records_do():
    events = [bad.complaint(), bad.complaint(v=2), bad.complaint(customer=...), bad.complaint(ts="now"), bad.complaint()]
    lines = replay(CONFIG, *UNTIL, interactions=events)
    equal([x["headers"]["cubed.reason"] for x in dead(lines)], ["version", "missing_field", "wrong_type"])
    equal(counted(lines), 2)


def test_lines_are_lines_whatever_the_first_one_holds():
    lines = b"".join(bad.text(good_one) + b"\n" for good_one in (bad.complaint(), bad.complaint(), bad.complaint()))
    for first in (b"\xff\xfe\n", "\u00fcber\n".encode(), b"5\n"):
        got = over_file(first + lines)
        equal((counted(got), len(dead(got)), {x["headers"]["cubed.source.offset"] for x in dead(got)}), (3, 1, {"0"}), repr(first))
    marked = over_file(b"\xef\xbb\xbf" + lines)
    equal((counted(marked), dead(marked)), (3, []), "a byte order mark")


def over_file(content):
    with folder() as place:
        (place / "events").write_bytes(content)
        config = write_config(place / "config.yaml", CONFIG)
        return lines_of(cubed("replay", "-c", config, "--interactions", place / "events", *UNTIL).stdout)


def test_strict_refuses_more_dead_letters_than_the_share():
    config = {**CONFIG, "limits": {"dead_letter_share": 0.25}}
    broken = record("interactions", "c1", b"{")
    done = replay_raw(config, "--strict", records=[good(), good(), good(), broken])
    equal(done.returncode, 0, "a quarter is not above a quarter")
    done = replay_raw(config, "--strict", records=[good(), good(), broken], code=65)
    contains(done.stderr.decode(), "dead_letter_share")
    replay_raw(config, records=[broken] * 5)


def test_strict_looks_at_the_last_ten_thousand():
    """A run of bad records ends it although they are few among all."""
    config = {**CONFIG, "limits": {"dead_letter_share": 0.05}}
    many = [good(ts=bad.T0 + i) for i in range(12_000)]
    broken = [record("interactions", "c1", b"{")] * 501
    replay_raw(config, "--strict", records=many + broken[:500] + many[:1])
    done = replay_raw(config, "--strict", records=many + broken + many, code=65)
    contains(done.stderr.decode(), "dead_letter_share")


if __name__ == "__main__":
    main()
