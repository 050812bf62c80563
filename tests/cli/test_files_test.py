#!/usr/bin/env python3
"""cubed test: files that pass, files that fail, files that are wrong; what it prints and which code it ends with."""
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from program import ROOT, binary, cubed, folder, write_config
from tap import contains, equal, holds, main

CONFIG = """version: 1
pack: none
scopes: [region, department]
measures:
  - {name: nps, axis: X, aggregation: nps, from: {kind: survey, where: {instrument: nps}}, window: 90d, score: {at0: -50, at100: 50}}
  - {name: margin, axis: V, aggregation: mean, from: {ledger: margin, per: customer}, window: 365d, score: {at0: 0, at100: 500}}
  - {name: turnover, axis: E, aggregation: turnover, window: 365d, score: {at0: 0.3, at100: 0}}
  - {name: answers, aggregation: count, from: {kind: survey}, window: 1d, horizons: [1h]}
cube: {confidence: none, dwell: 0s, tick: 1m}
alerts:
  - {name: MarginLow, measure: margin, threshold: {below: 20}, severity: page}
  - {name: Left, octant: {left: engagement}}
"""
EVENTS = """
    events:
      - {at: 0s, kind: hire, employee: "e{i}", region: north, department: care, repeat: 4}
      - {at: 1m, kind: survey, instrument: nps, customer: "c{i}", region: north, value: {cycle: [10, 9, 8, 3]}, repeat: 8, every: 1m}
      - {at: 30m, kind: purchase, customer: "c{i}", order: "o{i}", revenue: 400.50, cost: {cycle: [0.5, 100.5]}, repeat: 8, spread: 8m}
      - {at: 2h, kind: cost, customer: "c{i%2}", category: sales, amount: 2000, repeat: 4}
"""
PASSES = f"""config: cubed.yaml
tests:
  - name: a region leaves engagement when its customers cost too much
    start: 2026-03-01T12:00:00Z{EVENTS}
    expect:
      - at: 1h
        scope: region=north
        octant: engagement
        code: 7
        undecided: false
        since: {{above: 0}}
        axes: {{X: {{side: high, score: 75, coverage: 1, basis: own}}, V: {{score: {{about: 70, within: 0.001}}}}, E: {{score: 100, interval: [100, 100]}}}}
        measures:
          nps: {{value: 25, n: 8, window: 90d}}
          margin: {{value: 350, n: 8, mean: 350}}
          answers: {{value: 8, horizons: {{1h: {{value: 8}}}}}}
        alerts: {{MarginLow: inactive, Left: inactive}}
        changes: ["happy->engagement"]
      - {{at: 2h, scope: region=north, octant: engagement}}
      - at: 121m
        scope: region=north
        octant: happy
        axes: {{V: {{side: low}}}}
        alerts: {{MarginLow: firing, Left: {{status: firing, labels: {{severity: ticket}}}}}}
        levers: {{margin: {{axis: V, to: high, needs: {{min: 250, below: 261}}}}}}
        changes: ["happy->engagement", {{edge: "engagement->happy", move: value faded}}]
      - {{at: 121m, scope: organisation, changes: [{{from: happy}}, {{from: engagement, to: happy, jump: 1, at: 2026-03-01T14:01:00Z}}]}}
      - {{at: 121m, customer: c1, purchases: 1, revenue: 400.5, margin: {{total: -3600}}, last_seen: 2026-03-01T12:30:00Z, dimensions: {{region: north}}}}
      - {{at: 121m, customer: c9, exists: false}}
      - {{at: 121m, scope: region=south, exists: false}}
      - {{at: 26h, scope: organisation, measures: {{answers: {{value: absent, n: 0}}}}}}
"""


def run(text, *options, code=0, config=CONFIG, files=("a",)):
    """(stdout, stderr), with the folder taken out of both."""
    with folder() as place:
        (place / "cubed.yaml").write_text(config, encoding="utf-8")
        paths = []
        for name in files:
            paths.append(place / f"{name}.test.yaml")
            paths[-1].write_text(text, encoding="utf-8")
        done = cubed("test", *paths, *options, code=code)
        return [x.decode().replace(f"{place}/", "") for x in (done.stdout, done.stderr)]


def test_a_file_that_passes():
    out, told = run(PASSES)
    equal(told, "", "stderr")
    equal(out, "TAP version 14\nok 1 - a region leaves engagement when its customers cost too much\n1..1\n", "stdout")


def test_each_expectation_can_fail():
    """Every value that is expected is changed, one after the other: each change is found where it stands."""
    changes = [("octant: happy", "octant: urgency"), ("code: 7", "code: 6"), ("undecided: false", "undecided: true"), ("above: 0", "below: 0"),
               ("side: high", "side: low"), ("score: 75", "score: 74.999999"), ("about: 70", "about: 70.1"), ("coverage: 1", "coverage: 0.9"),
               ("interval: [100, 100]", "interval: absent"), ("interval: [100, 100]", "interval: [100]"), ("interval: [100, 100]", "interval: [100, 99]"), ("value: 25", "value: absent"), ("n: 8, window", "n: 9, window"), ("window: 90d", "window: 30d"),
               ("mean: 350", "mean: {min: 350.1}"), ("1h: {value: 8}", "1h: {value: 7}"), ("Left: inactive", "Left: resolved"),
               ("MarginLow: firing", "MarginLow: inactive"), ("severity: ticket", "severity: page"), ("needs: {min: 250", "needs: {min: 260.5"),
               ('["happy->engagement"]', "[]"), ('["happy->engagement"]', '["engagement->happy"]'), ("move: value faded", "move: value lost"), ("jump: 1", "jump: 2"),
               ("at: 2026-03-01T14:01:00Z", "at: 2026-03-01T14:00:00Z"), ("revenue: 400.5,", "revenue: 400.51,"), ("total: -3600", "total: absent"),
               ("last_seen: 2026-03-01T12:30:00Z", "last_seen: 2026-03-01T12:31:00Z"), ("dimensions: {region: north}", "dimensions: {region: south}"),
               ("customer: c9, exists: false", "customer: c9"), ("scope: region=south, exists: false", "scope: region=south"),
               ("customer: c9, exists", "customer: c1, exists"), ("value: absent, n: 0", "value: 0")]
    for before, after in changes:
        holds(before in PASSES, f"{before} is there")
        text = PASSES.replace(before, after, 1)
        out, told = run(text, code=1)
        equal(told, "", f"stderr with {after}")
        line = PASSES[:PASSES.index(before)].count("\n") + 1
        holds(re.search(rf"^# a.test.yaml:{line}:\d+: \S.*: expected .*, got ", out, re.M), f"{after} in line {line}: {out}")
        contains(out, "not ok 1 - a region leaves")


def test_the_diff_says_what_was_expected_and_what_there_was():
    out, _ = run(PASSES.replace("value: 25", "value: 31").replace("scope: region=south, exists: false", "scope: region=sout"), code=1)
    line = PASSES[:PASSES.index("value: 25")].count("\n") + 1
    contains(out, f"# a.test.yaml:{line}:17: scope region=north at 1h: measures.nps.value: expected 31, got 25.0\n")
    contains(out, "scope region=sout at 121m: exists: expected true, got nothing; there are department=care, organisation, region=north\n")


def test_an_instant_is_told_as_it_was_expected():
    out, _ = run(PASSES.replace("last_seen: 2026-03-01T12:30:00Z", "last_seen: 2026-03-01T12:31:00Z"), code=1)
    contains(out, "last_seen: expected 2026-03-01T12:31:00Z, got 2026-03-01T12:30:00Z\n")


def test_names_in_tap_are_escaped():
    out, _ = run(PASSES.replace("a region leaves", "'a \\ # region leaves").replace("too much\n", "too much'\n"))
    contains(out, "\nok 1 - a \\\\ \\# region leaves")


def test_nothing_of_a_file_makes_a_line_or_a_directive_of_tap():
    contains(run("tests: 3\n", files=("bad # TODO later\nok 7 - b",), code=78)[0], "\nnot ok 1 - bad \\# TODO later ok 7 - b.test.yaml cannot be used\n1..1\n")
    tests = [{"name": "a", "events": [{"at": "0s", "kind": "survey", "instrument": "nps", "value": 9, "customer": "c\nok 7 - d", "becomes": "late"}],
              "expect": [{"at": "1h", "scope": "region=a\nnot ok 7 - b\r"}, {"at": "1h", "scope": "organisation", "measures": {"answers": {"value": "x\nok 8"}}}]}]
    out, _ = run(json.dumps({"config": "cubed.yaml", "tests": tests}), files=("a\nok 9",), code=1)
    equal([line[:6] for line in out.splitlines()], ["TAP ve", "not ok", *["# a ok"] * 3, "1..1"], out)
    holds("\r" not in out, out)


def test_what_is_closed_is_no_place_for_a_report():
    """A file gets the lowest number that is free: without an output it is that of the output."""
    with folder() as place:
        write_config(place / "cubed.yaml", CONFIG)
        path, report = write_config(place / "a.test.yaml", PASSES), place / "report.xml"
        for closed, code, told in ((">&-", 1, b"cubed test: the output cannot be written\n"), (">&- 2>&-", 1, b""), ("<&-", 0, b""), ("2>&-", 0, b"")):
            done = subprocess.run(["sh", "-c", f'"$0" "$@" {closed}', binary(), "test", path, "--junit", report], capture_output=True, timeout=60, check=False)
            equal((done.returncode, done.stderr), (code, told), closed)
            equal(xml.parse(report).getroot().get("tests"), "1", f"the report with {closed}")


def test_events_must_become_what_is_said():
    wrong = PASSES.replace("      - {at: 2h, kind: cost", "      - {at: 3h, kind: survey, instrument: nps, customer: c1, value: 11}\n      - {at: 2h, kind: cost")
    out, _ = run(wrong, code=1)
    contains(out, 'event of c1: becomes: expected applied, got dead_letter, wrong_type: field "value" is not a whole number 0..10')
    run(wrong.replace("value: 11}", "value: 11, becomes: dead_letter}"))
    late = PASSES.replace("      - {at: 2h, kind: cost", "      - {at: 0s, arrives: 80h, kind: complaint, customer: c1, becomes: late}\n"
                          "      - {at: 79h, kind: complaint, customer: c1, id: same}\n"
                          "      - {at: 79h, kind: complaint, customer: c1, id: same, becomes: duplicate}\n      - {at: 2h, kind: cost")
    run(late)
    out, _ = run(late.replace("becomes: late", "becomes: applied"), code=1)
    contains(out, "event of c1: becomes: expected applied, got late, late")


def test_json_and_junit():
    bad = PASSES.replace("value: 25", "value: 31")
    out, _ = run(bad, "--json", code=1, files=("a", "b"))
    all_ = [json.loads(line) for line in out.splitlines()]
    equal([(x["file"], x["passed"], len(x["failures"])) for x in all_], [("a.test.yaml", False, 1), ("b.test.yaml", False, 1)])
    equal({k: all_[0]["failures"][0][k] for k in ("path", "expected", "got")}, {"path": "measures.nps.value", "expected": "31", "got": "25.0"})
    with folder() as place:
        report = place / "report.xml"
        run(bad.replace("code: 7", "code: 6").replace("a region leaves", "a <region> & \\\"co\\\" leaves").replace("name: a <", 'name: "a <').replace("too much\n", 'too much"\n'),
            "--junit", report, code=1)
        suites = xml.parse(report).getroot()
        case = suites.find("./testsuite[@name]/testcase")
        equal(case.get("name"), 'a <region> & "co" leaves engagement when its customers cost too much', "name")
        equal(len(case.findall("failure")), 1, "failures of a case: readers of JUnit take one")
        equal(case.find("failure").text.count("expected "), 2, "what it says")
        holds("code" == case.find("failure").get("message") and "measures.nps.value: expected 31" in case.find("failure").text and "expected 31, got 25.0" in case.find("failure").text, "the failure")


def test_long_texts_are_cut_between_two_characters():
    """Half a character is no text of JSON: what was to be told was taken for a lack of memory."""
    for front in ("", "a"):  # wherever a text is cut, one of both has the middle of a character there
        long = front + "\u00e9" * 500
        tests = [{"name": "regions", "events": [{"at": "0s", "kind": "survey", "instrument": "nps", "value": 9, "customer": f"c{i}", "region": f"{long[:70]}{i}"} for i in range(9)],
                  "expect": [{"at": "1h", "scope": "region=zuid"}, {"at": "1h", "scope": "region=" + long[:250]}]},
                 {"name": "an event", "events": [{"at": "0s", "kind": "survey", "instrument": "nps", "value": v, "customer": long, "becomes": "late", "id": f"s{v}"} for v in (9, 11)],
                  "expect": [{"at": "1h", "customer": long, "exists": True}, {"at": "1h", "customer": long * 2},
                             {"at": "1h", "scope": "organisation", "measures": {"answers": {"value": long[:250]}}}]}]
        out, told = run(json.dumps({"config": "cubed.yaml", "tests": tests}), "--json", code=1)
        equal(told, "")
        one, two = (json.loads(line) for line in out.splitlines())
        equal(len(one["failures"]), 2)
        contains(one["failures"][0]["got"], f"nothing; there are organisation, region={long[:70]}0, ")
        whom = front + "\u00e9" * ((64 - len(front)) // 2)
        equal([(f["of"], f["got"]) for f in two["failures"] if f["path"] == "becomes"],
              [(f"event of {whom}", "applied"), (f"event of {whom}", 'dead_letter, wrong_type: field "value" is not a whole number 0..10')])
        holds(any(f["expected"].startswith(f'the text "{long[:100]}') for f in two["failures"]), f"the text: {two}")
        holds(not any(f["path"] == "exists" and f["of"].startswith(f"customer {long} at") for f in two["failures"]), "a long customer is found")
        for form in ("--tap", "--json"):
            run(json.dumps({"config": "cubed.yaml", "tests": tests}), form, code=1)


def test_junit_is_whole_or_empty():
    """Whenever memory runs out: half a report could say that all that it names is well."""
    codes = set()
    with folder() as place:
        write_config(place / "cubed.yaml", CONFIG)
        path = write_config(place / "a.test.yaml", {"config": "cubed.yaml", "tests": [
            {"name": f"case {i}", "events": [{"at": "0s", "kind": "survey", "instrument": "nps", "value": 9, "customer": "c{i}", "repeat": 50}],
             "expect": [{"at": "1h", "scope": "organisation", "measures": {"answers": {"value": 7}}}]} for i in range(40)]})
        for limit in (*range(2, 33, 3), 256):
            report = place / f"{limit}.xml"
            done = cubed("test", path, "--junit", report, env={"TCMALLOC_HEAP_LIMIT_MB": str(limit)}, code=None)
            text = report.read_text(encoding="utf-8")
            if done.returncode == 71:
                equal(text, "", f"{limit} MB")
            else:
                equal((done.returncode, len(xml.fromstring(text).findall("*/testcase"))), (1, 40), f"{limit} MB")
            codes.add(done.returncode)
    equal(codes, {1, 71})


def test_junit_counts_what_failed_and_takes_any_name_of_a_file():
    with folder() as place:
        report = place / "report.xml"
        names = [os.fsencode(place) + b"/caf\xe9\xff.test.yaml", os.fsencode(place) + b"/good.test.yaml", os.fsencode(place) + b"/none\xe9.test.yaml"]
        (place / "cubed.yaml").write_text(CONFIG, encoding="utf-8")
        for name, text in zip(names, (PASSES.replace("value: 25", "value: 31"), PASSES)):
            with open(name, "w", encoding="utf-8") as out:
                out.write(text)
        done = subprocess.run([str(binary()), "test", *names, "--json", "--junit", str(report)], capture_output=True, timeout=180, check=False)
        equal(done.returncode, 78)
        shown = [f"{place}/{name}.test.yaml" for name in ("caf\ufffd\ufffd", "good", "none\ufffd")]
        equal([json.loads(line)["file"] for line in done.stdout.decode().splitlines()], shown)
        suites = xml.parse(report).getroot()
        numbers = lambda element: tuple(int(element.get(name)) for name in ("tests", "failures", "errors"))
        equal(numbers(suites), (3, 1, 1), "of all")
        equal([(s.get("name"), numbers(s)) for s in suites], list(zip(shown, [(1, 1, 0), (1, 0, 0), (1, 0, 1)])))
        times = [float(e.get("time")) for e in (suites, *suites, *suites.findall("./testsuite/testcase"))]
        holds(min(times) >= 0 and times[0] > 0, f"each says how long it took: {times}")


def test_a_file_that_cannot_be_used_fails_in_every_form():
    with folder() as place:
        report = place / "report.xml"
        out, told = run("tests: 3\n", "--json", "--junit", report, code=78)
        contains(told, "a.test.yaml:1:8: error: ")
        equal(json.loads(out), {"file": "a.test.yaml", "passed": False, "error": "cannot be used"})
        suite = xml.parse(report).getroot().find("./testsuite[@errors='1']")
        equal((Path(suite.get("name")).name, suite.get("tests"), suite.find("testcase/error").get("message")), ("a.test.yaml", "1", "cannot be used"))
    contains(run("tests: 3\n", code=78)[0], "not ok 1 - a.test.yaml cannot be used\n1..1\n")


def test_a_test_gives_the_same_over_any_number_of_partitions():
    for partitions in (2, 7):
        run(PASSES.replace("    start:", f"    partitions: {partitions}\n    start:"))


def test_the_built_in_pack_is_there_without_a_configuration():
    run("""tests:
  - name: one issue, received, opened and read, a follow and a like
    events:
      - {at: 0s, kind: newsletter.received, customer: c, issue: i}
      - {at: 1m, kind: newsletter.opened, customer: c, issue: i}
      - {at: 2m, kind: newsletter.read, customer: c, issue: i}
      - {at: 3m, kind: social.follow, customer: c}
      - {at: 4m, kind: social.like, customer: c, ref: r, influence: 35}
    expect: [{at: 1h, customer: c, points: 85}]
""")


def place_of(text, mark):
    """line:column of the mark in the text."""
    before = text[:text.index(mark)]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def test_the_example_of_the_readme_passes():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    example = re.search(r"```yaml\n(# cubed\.test\.yaml\n.*?)```", text, re.S)[1]
    config = re.search(r"^printf '(.*)' > cubed.yaml", text, re.M)[1].replace("\\n", "\n")
    out, _ = run(example, config=config)
    contains(out, "ok 1 - quotes that nobody answers are told after a day\n")


def test_a_wrong_file_is_told_with_its_place():
    for before, after, mark, problem in (
            ("undecided:", "undecidd:", "undecidd", 'did you mean "undecided"?'), ("  nps: {value", "  npps: {value", "npps", 'did you mean "nps"?'),
            ("window: 90d", "windw: 90d", "windw", 'did you mean "window"?'), ("MarginLow: inactive", "MarginLo: inactive", "MarginLo:", 'did you mean "MarginLow"?'),
            ("MarginLow: inactive", "MarginLow: quiet", "quiet", "must be one of firing, resolved, inactive"), ("side: high", "sid: high", "sid:", 'did you mean "side"?'),
            ("revenue: 400.50", "revenu: 400.50", "revenu:", 'did you mean "revenue"?'), ("kind: purchase", "kind: purchse", "purchse", 'did you mean "purchase"?'),
            ("revenue: 400.50", "revenue: much", "much, cost", 'must be a number'), ("revenue: 400.50", "due: 3", "due: 3", 'events of kind "purchase" have no field "due"'),
            ("at: 2h, scope", "at: 61s, scope", "61s", "no multiple of cube.tick, 1m"), ("spread: 8m", "sprad: 8m", "sprad", 'did you mean "spread"?'),
            ("about: 70, ", "", "{within", "about and within go together"), ("c{i%2}", "c{j}", "c{j}", "{i} or {i%N}"), ("repeat: 8, spread", "spread", "{at: 30m", "every and spread go with repeat"),
            ("cycle: [10", "cycl: [10", "cycl", 'did you mean "cycle"?'), ("purchases: 1", "purchase: 1", "purchase:", 'did you mean "purchases"?'),
            ("scope: region=south", "scope: regoin=south", "regoin", 'no scope can be called "regoin=south"; there are organisation, region=..., department=...'),
            ("scope: region=south", "scope: 'region=south,department=care'", "region=south,", "no scope can be called"),
            ('customer: "c{i%2}"', "customer: {one_of: [c1, c2]}", "{one_of", "customer must be a text"),
            ("exists: false}}", "exists: false, points: 3}}", "false, points", "nothing else can be expected"), ("2026-03-01T12", "yesterday", "yesterday", "start must be a time")):
        text = PASSES.replace(before.replace("}}", "}"), after.replace("}}", "}"), 1)
        holds(text != PASSES, f"{before} is there")
        wrong_at(text, place_of(text, mark), problem)


def test_what_is_always_or_never_met_is_refused():
    for before, after, mark, problem in (
            ("horizons: {1h: {value: 8}}", "horizons: {2h: absent}", "2h: absent", 'measure "answers" has no horizon "2h"; it has 1h'),
            ("nps: {value: 25, n: 8, window: 90d}", "nps: {horizons: {1h: absent}}", "1h: absent", 'measure "nps" has no horizon "1h"; it has none'),
            ("value: 350", "value: {}", "{}", "an empty map expects nothing"), ("margin: {value: 350, n: 8, mean: 350}", "margin: {}", "{}", "an empty map expects nothing"),
            ("{min: 250, below: 261}", "{min: 250, below: 250}", "{min: 250", "no number lies within these bounds"),
            ("{min: 250, below: 261}", "{min: 250, above: 260}", "min: 250", "above and min bound the same side"),
            ("{min: 250, below: 261}", "{about: 250, within: 5, max: 244}", "{about: 250", "no number lies within these bounds"),
            ("name: a region leaves engagement when its customers cost too much", "name: ''", "'\n", "a test needs a name")):
        text = PASSES.replace(before, after, 1)
        holds(text != PASSES, f"{before} is there")
        wrong_at(text, place_of(text, mark), problem)


def test_a_text_that_is_not_the_number_is_told_as_a_text():
    for value in ("'25'", "0x19", "2_5"):
        out, _ = run(PASSES.replace("value: 25", f"value: {value}"), code=1)
        text = value.strip("'")
        contains(out, f'measures.nps.value: expected the text "{text}", got 25.0\n')


def test_random_values_fit_their_field():
    head = "with: {pack: none, measures: [{name: q, aggregation: duration, from: {open: request.open, close: request.done, by: request}, target: 1d, window: 1d}]}\n"
    file = head + """tests:
- name: expectations of one to two hours
  events: [{at: 0s, kind: request.open, customer: c, request: "r{i}", expect_ms: {random: [1h, 2h]}, repeat: 100}]
  expect:
  - {at: 1h, scope: organisation, measures: {q: {waiting: 100, overdue: 0}}}
  - {at: 90m, scope: organisation, measures: {q: {overdue: {min: 25, max: 75}}}}
  - {at: 121m, scope: organisation, measures: {q: {overdue: 100}}}
"""
    run(file)
    for before, after, mark, problem in (("[1h, 2h]", "[1h, 2.5]", "[1h", "random is [low, high], two numbers or durations, the lower one first"),
                                         ("[1h, 2h]", "[2h, 1h]", "[2h", "the lower one first"), ("[1h, 2h]", "[1h]", "[1h]", "random is [low, high]"),
                                         ('"r{i}"', "{random: [1, 2]}", "random: [1, 2]", 'random makes numbers, and "request" is no number')):
        text = file.replace(before, after, 1)
        wrong_at(text, place_of(text, mark), problem)


def test_a_file_without_tests_or_configuration_is_wrong():
    for text, place, problem in (
            ("tests: []\n", "1:8", "there are no tests"), ("with: {pack: none, measurs: []}\ntests: []\n", "1:20", 'did you mean "measures"?'),
            ("config: none.yaml\ntests: []\n", "1:9", "the configuration none.yaml cannot be used"), ("tets: []\n", "1:1", 'did you mean "tests"?'),
            ("tests: [{events: [{customer: c{i}, at: 0s}]}]\n", "1:31", "needs quotes"), ("- a\n", "1:1", "a test file is a map"), ("tests: [{name: x}]\n", "1:9", "a test needs expect"), ("config: a\nwith: {}\ntests: []\n", "2:1", "not both"),
            ("tests: [{name: x, events: [{at: 0s, kind: hire}], expect: [{at: 1m, scope: organisation}]}]\n", "1:28", "nobody's: it needs employee")):
        wrong_at(text, place, problem)


def wrong_at(text, place, problem):
    out, told = run(text, code=78)
    contains(told, problem)
    holds(re.search(rf"^a.test.yaml:{place}: error: ", told, re.M), f"{problem} at {place}: {told}")
    equal(out, "TAP version 14\nnot ok 1 - a.test.yaml cannot be used\n1..1\n", "stdout")


def test_wrong_calls():
    for arguments in ((), ("--tap",), ("x.test.yaml", "--tap", "--json"), ("x.test.yaml", "--what"), ("x.test.yaml", "--junit")):
        equal(cubed("test", *arguments, code=64).stdout, b"", str(arguments))
    contains(cubed("test", "/nonexistent.test.yaml", code=78).stderr.decode(), "/nonexistent.test.yaml: error: cannot be opened")


def test_help_names_every_key():
    text = cubed("help", "test").stdout.decode()
    for key in ("config", "with", "tests", "repeat", "spread", "becomes", "expect[]", "levers", "about", "customer"):
        holds(re.search(rf"^ *{re.escape(key)}\b", text, re.M) or f"\n{key}\n" in text, f"{key} is explained")


if __name__ == "__main__":
    main()
