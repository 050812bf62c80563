#!/usr/bin/env python3
"""cubed check: what it says of good and bad configurations."""
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from program import ROOT, binary, cubed, folder, write_config
from tap import contains, equal, holds, main, raises

CONFIGS = ROOT / "tests" / "config"
MEASURE = "  - {name: n, aggregation: count, from: {kind: complaint}, window: 1d}\n"


def checked(text, *options, code=0):
    with folder() as place:
        path = write_config(place / "cubed.yaml", text)
        done = cubed("check", "-c", path, *options, code=code)
        return done.stdout.decode(), done.stderr.decode().replace(str(path), "cubed.yaml")


def test_good_configurations():
    for path in sorted((CONFIGS / "good").glob("*.yaml")):
        done = cubed("check", "-c", path)
        contains(done.stdout.decode(), f"{path}: good (model ")


def test_the_name_of_a_file_need_be_no_text():
    with folder() as place:
        name = os.fsencode(place) + b"/caf\xe9.yaml"
        for text, code in (("version: 1\n", 0), ("version: 3\n", 78)):
            with open(name, "w", encoding="utf-8") as out:
                out.write(text)
            done = subprocess.run([str(binary()), "check", "-c", name, "--json"], capture_output=True, timeout=90, check=False)
            said = json.loads(done.stdout)
            equal((done.returncode, said["file"], said["good"]), (code, f"{place}/caf\ufffd.yaml", code == 0))


def test_bad_configurations_tell_file_line_and_column():
    paths = sorted((CONFIGS / "bad").glob("*.yaml"))
    holds(len(paths) > 15, "there are some")
    for path in paths:
        done = cubed("check", "-c", path, code=78)
        equal(done.stdout, b"", f"stdout of {path.name}")
        holds(re.search(rf"^{re.escape(str(path))}:\d+:\d+: error: \S", done.stderr.decode(), re.M), f"{path.name}: {done.stderr.decode()[:300]}")


def test_the_line_and_a_caret_follow():
    _, told = checked("version: 1\nmeasures:\n  - {name: n, agregation: count, from: {kind: complaint}, window: 1d}\n", code=78)
    contains(told, 'cubed.yaml:3:15: error: unknown key "agregation" in measures[]; did you mean "aggregation"?\n'
                   "    - {name: n, agregation: count, from: {kind: complaint}, window: 1d}\n"
                   "                ^\n")


def test_librdkafka_judges_what_is_passed_to_it():
    _, told = checked('version: 1\nkafka:\n  bootstrap.server: "h:1"\n  socket.timeout.ms: soon\n  client.rack: a\n', code=78)
    equal(re.findall(r"^cubed.yaml:(\d+:\d+): error: (?:.*)(bootstrap.server|socket.timeout.ms)\"", told, re.M),
          [("3:3", "bootstrap.server"), ("4:3", "socket.timeout.ms")], told)


def test_what_no_transactional_producer_takes_is_told_at_its_place():
    _, told = checked('version: 1\nkafka:\n  bootstrap.servers: "h:1"\n  acks: 1\n  max.in.flight: 9\n  retries: 3\n', code=78)
    equal(re.findall(r"^cubed.yaml:(\d+:\d+): error: .*`(\S+)` must be set", told, re.M), [("4:3", "acks"), ("5:3", "max.in.flight")], told)
    checked('version: 1\nmeasures:\n' + MEASURE + 'kafka: {bootstrap.servers: "h:1", acks: all, max.in.flight: 5}\n', code=0)


def test_a_property_that_would_be_overridden_is_refused_and_the_rest_is_honoured():
    _, told = checked('version: 1\nkafka:\n  bootstrap.servers: "h:1"\n  message.max.bytes: 1000000\n  partitioner: random\n', code=78)
    contains(told, "cubed.yaml:4:3: error: kafka: message.max.bytes is 1114112 at least")
    contains(told, "cubed.yaml:5:3: error: kafka: partitioner is set by cubed")
    equal(checked('version: 1\nkafka: {client.id: mine, message.max.bytes: 20000000}\n')[1], "")


def test_what_properties_forbid_each_other_is_told_at_the_one_to_blame():
    rows = [("fetch.max.bytes: 1000", "4:3", "`message.max.bytes`"), ("message.timeout.ms: 20000", "4:3", "`transaction.timeout.ms`"),
            ("linger.ms: 5000\n  message.timeout.ms: 4000", "5:3", "`linger.ms`"), ("delivery.timeout.ms: 20000", "4:3", "`message.timeout.ms`"),
            ("session.timeout.ms: 400000", "4:3", "`max.poll.interval.ms`"), ("security.protocol: sasl_ssl\n  sasl.mechanism: PLAIN", "4:3", "sasl.password"),
            ("socket.timeout.ms: soon\n  message.timeout.ms: 20000", "5:3", "`transaction.timeout.ms`")]
    for text, place, why in rows:
        _, told = checked(f'version: 1\nkafka:\n  client.rack: a\n  {text}\n', code=78)
        contains(re.search(rf"^cubed.yaml:{place}: error: kafka: .*", told, re.M).group(), why)
    for text in ("security.protocol: ssl, ssl.ca.location: /nowhere", "security.protocol: sasl_ssl", "debug: all", "message.timeout.ms: 9000, linger.ms: 50"):
        equal(checked('version: 1\nkafka: {' + text + '}\n')[1], "", text)


def test_a_judged_client_asks_no_broker():
    with socket.create_server(("127.0.0.1", 0)) as broker:
        broker.settimeout(0.3)
        checked(f'version: 1\nkafka: {{client.rack: a, bootstrap.servers: "127.0.0.1:{broker.getsockname()[1]}"}}\n')
        with raises(TimeoutError):
            broker.accept()


def test_what_cannot_be_judged_for_lack_of_threads_is_no_bad_property():
    stacks_too_large = ["bash", "-c", 'ulimit -Ss 8000000; ulimit -v 4000000; exec "$@"', "-"]
    with folder() as place:
        path = write_config(place / "cubed.yaml", "version: 1\nkafka: {client.rack: a}\n")
        contains(cubed("check", "-c", path, code=71, wrap=stacks_too_large).stderr.decode(), "no threads")


def test_a_property_that_is_refused_keeps_its_value_to_itself():
    _, told = checked('version: 1\nkafka:\n  bootstrap.servers: "h:1"\n  sasl.pasword: hunter2\n', code=78)
    equal(("cubed.yaml:4:3: error: kafka: " in told, "hunter2" in told), (True, False), told)


def test_a_problem_is_one_line_whatever_the_value_holds():
    _, told = checked('version: 1\nname: |\n  a\n  b\n', code=78)
    equal([line for line in told.splitlines() if "error: " in line and "a\\nb" in line] != [], True, told)


def test_of_long_lines_and_texts_a_part_is_shown():
    lines = checked(f"name: acme\nscopes: [region] # {'é' * 300}\n{'x' * 5000}: 1\n", code=78)[1].splitlines()
    holds(len(lines) == 3 and max(map(len, lines)) < 1100, lines)
    equal((lines[0][-5:], lines[1], lines[2]), ("xx...", "  " + "x" * 240, "  ^"))
    value = "ö" * 150 + '", colour: "blue"'
    lines = checked(f'topics: {{state: "{value}, hr: h}}\n', code=78)[1].splitlines()
    at = [i for i, line in enumerate(lines) if "unknown key" in line][0]
    line, caret = lines[at + 1], lines[at + 2]
    equal((line[caret.index("^"):][:6], len(line) <= 242), ("colour", True))


def test_alerts_of_the_pack_rest_when_nothing_is_scored_on_an_axis():
    off = "measures: [{name: margin_per_customer, axis: none}, {name: unprofitable_share, axis: none}]\n"
    said, told = checked(off)
    contains(said, "V 0, no axis")
    contains(told, "warning: this can never fire: no scope can stand in engagement, as nothing is scored on axis V")
    _, told = checked(off + "alerts: [{name: Mine, octant: {entered: cash}}]\n", code=78)
    contains(told, "cubed.yaml:2:41: error: this can never fire: no scope can stand in cash, as nothing is scored on axis V")


def test_every_problem_is_told():
    _, told = checked("version: 1\ntime: {out_of_order: soon, latenes: 1d}\ncube: {tick: 10x}\nmeasures:\n" + MEASURE, code=78)
    equal(len(re.findall(r": error: ", told)), 3, told)
    contains(told, 'did you mean "lateness"?')


def test_all_problems_are_told_and_counted_whatever_the_file_says():
    many = "version: 1\npack: none\nmeasures:\n" + "".join(MEASURE.replace("count", "cnt").replace("name: n", f"name: n{i}") for i in range(150))
    out, told = checked(many, "--json", code=78)
    equal((len(re.findall(r"^cubed.yaml:\d+:\d+: error: ", told, re.M)), json.loads(out)["errors"], "not shown" in told), (150, 150, False), told[-300:])
    out, _ = checked("version: 1\nnaam: x # a: error: b: warning: c\n", "--json", code=78)
    equal([json.loads(out)[k] for k in ("errors", "warnings")], [1, 0])
    weak = ("version: 1\nmeasures:\n  - {name: m, axis: X, class: cpi, evidence: [survey], increment: time, unit: share, aggregation: within, "
            "from: {kind: measurement, where: {cpi: 'm: warning: m'}}, target: 5, window: 1d, score: {at0: 0, at100: 1}}\n")
    contains(checked(weak)[0], "warnings  1")
    equal(json.loads(checked(weak, "--json")[0])["warnings"], 1)


FIXED = """version: 1
money: {cost_of_capital: %s, minute_rate: {default: %s}, discount_rate: %s}
measures:
  - {name: big, aggregation: ratio, from: {kind: purchase}, hits: {where: {revenue: {above: %s, max: %s}}}, window: 30d}
  - {name: m, aggregation: within, from: {kind: measurement, where: {cpi: m}}, target: %s, window: 30d}
"""


def test_numbers_of_fixed_point_take_exponents():
    model = lambda *numbers: json.loads(checked(FIXED % numbers, "--json")[0])["model"]
    want = model("0.08", "0.75", "0.1", "1000", "25000", "-2.5")
    equal(model("8e-2", "75E-2", "1e-1", "1e3", "+2.5e+4", "-25e-1"), want)
    equal(model(".08", "0.750", "0.10", "1000.", "25000.0", "-2.5000000"), want)
    for wrong in ("1e", "1e+", "e3", "1e3e", "1.2.3", ".", "+-5", "0x10", "1e3.5"):
        contains(checked(FIXED % ("0.08", "0.75", "0.1", wrong, "25000", "1"), code=78)[1], f'this value must be a number, not "{wrong}"')
    contains(checked(FIXED % ("0.08", "0.75", "0.1", "1e30", "25000", "1"), code=78)[1], "beyond what fixed point holds")
    contains(checked(FIXED % ("0.08", "0.75", "0.1", "1e-7", "25000", "1"))[1], "is finer than any value: they have six decimals")


def test_a_section_with_nothing_in_it_is_the_default():
    model = lambda text: json.loads(checked(text, "--json")[0])["model"]
    want = model("version: 1\n")
    for section in ("scopes", "measures", "alerts", "points", "points_options", "time", "cube", "money", "hypotheses", "calendars", "cube: {axes: }\n#"):
        equal(model(f"version: 1\n{section}:\n"), want, section)


def test_a_file_that_cannot_be_read_is_told_with_the_reason():
    with folder() as place:
        for name, why in ((place, "cannot be read: Is a directory"), (place / "none.yaml", "cannot be opened: No such file or directory")):
            done = cubed("check", "-c", name, "--json", code=78)
            equal(done.stderr.decode(), f"{name}: error: {why}\n")
            equal((json.loads(done.stdout)["errors"], json.loads(done.stdout)["warnings"]), (1, 0))


def test_names_are_guessed():
    for text, guess in (("alert: []\n", "alerts"), ("cube: {threshhold: 50}\n", "threshold"), ("measures:\n  - {name: n, aggregation: coutn, from: {kind: complaint}, window: 1d}\n", "count"),
                        ("measures:\n  - {name: n, aggregation: count, from: {kind: purchse}, window: 1d}\n", "purchase"),
                        ("measures:\n  - {name: n, aggregation: sum, from: {kind: purchase, value: revenu}, window: 1d}\n", "revenue"),
                        ("measures:\n  - {name: n, aggregation: sum, from: {kind: purchase, value: [revenue, -csot]}, window: 1d}\n", "cost"),
                        (f"pack: none\nmeasures:\n{MEASURE}alerts:\n  - {{name: a, measure: m, threshold: {{above: 1}}}}\n", None)):
        _, told = checked("version: 1\n" + text, code=78)
        if guess:
            contains(told, f'did you mean "{guess}"?')


def test_the_defaults_alone_are_the_full_cube():
    out, told = checked("version: 1\n")
    equal(told, "")
    contains(out, "good (model ")
    contains(out, "scopes    organisation | division | region | segment | department | region,segment")


def measures_of(effective):
    """What decides of each measure: its line less what the registry says."""
    lines = re.findall(r'^  - \{name: "([^"]+)", (axis.*)\}$', effective, re.M)
    return {name: re.sub(r', (evidence: \[[^]]*\]|(increment|unit|owner|journey): "[^"]*")', "", rest) for name, rest in lines}


def test_the_pack_holds_the_measures_of_the_documentation_as_they_are():
    pack = measures_of(checked("version: 1\n", "--effective")[0])
    seed = (CONFIGS / "good" / "seed.yaml").read_text()
    shown = measures_of(checked(seed + "\npack: none\n", "--effective")[0]) if "\npack:" not in seed else measures_of(
        checked(re.sub(r"(?m)^pack:.*$", "pack: none", seed), "--effective")[0])
    holds(len(shown) >= 11, str(sorted(shown)))
    for name, what in shown.items():
        if name == "first_time_resolution":  # an alert of one or the other adds windows
            what, pack[name] = (re.sub(r", horizons: \[[^]]*\]", "", x) for x in (what, pack[name]))
        equal(pack.get(name), what, name)


def test_a_burn_rule_says_from_how_many_on_it_can_fire():
    """All n failed, and n / (n + 1.959964^2), the Wilson bound, is above 0.8: 15.37, so n is 16. At 14.4 x 0.01 it is 0.65: 1."""
    out, _ = checked("version: 1\n")
    holds("\nFirstTimeResolutionBurn cannot fire before 16 of first_time_resolution fail within 30m\n" in out, out)
    rule = "{name: Burn, measure: first_time_resolution, burn_rate: {objective: %s, long: 12h%s}}"
    six = rule.replace("Burn,", "Six,") % (0.9, ", factor: 6")
    told = json.loads(checked(f"version: 1\nalerts: [{rule % (0.99, '')}, {six}]\n", "--json")[0])["burn_rates"]
    equal([x for x in told if x["alert"] in ("Burn", "Six")], [
        {"alert": "Burn", "measure": "first_time_resolution", "least": 1, "window_ms": 3_600_000},
        {"alert": "Six", "measure": "first_time_resolution", "least": 6, "window_ms": 3_600_000}])


def test_points_without_active_customers_are_warned_of():
    text = "version: 1\npack: none\nmeasures:\n  - {name: earned, aggregation: points, window: 30d}\n"
    _, told = checked(text)
    contains(told, ':4:5: warning: measure "earned" will have no per_active: no measure of aggregation active counts all')
    _, told = checked(text + "  - {name: buying, aggregation: active, from: {kind: purchase}, window: 30d}\n"
                      "  - {name: all, aggregation: active, window: 7d}\n")
    equal(told.count("warning"), 1)
    equal(checked(text + "  - {name: all, aggregation: active, window: 7d, horizons: [30d]}\n")[1], "")
    equal(checked("version: 1\n")[1], "")


def test_weak_evidence_of_the_pack_is_shown_and_no_warning():
    out, told = checked("version: 1\n")
    equal(told, "")
    holds(re.search(r"^weak evidence, ask or watch customers: fast_quote, ", out, re.M), out)
    out, told = checked("version: 1\nmeasures: [{name: fast_quote, evidence: [contextual_inquiry]}, {name: nothing_broke, evidence: [expert]}]\n")
    contains(told, 'warning: weak evidence for cpi "nothing_broke"')
    equal(told.count("warning"), 1)
    holds(re.search(r"^weak evidence, ask or watch customers: payment_options, ", out, re.M), out)


def test_the_registry_shows_measures_by_class_and_the_hypotheses():
    text = ("version: 1\npack: none\nmeasures:\n"
            "  - {name: quotes, class: cpi, evidence: [interview, survey], increment: time, unit: share, owner: sales, journey: buy, axis: X,\n"
            "     aggregation: within, from: {kind: measurement, where: {cpi: quote}}, target: 5, window: 1d, score: {at0: 0, at100: 1}}\n"
            "  - {name: wins, aggregation: ratio, from: {kind: [lead.won, lead.lost]}, hits: {kind: lead.won}, window: 30d}\n"
            "  - {name: turnover, aggregation: turnover, window: 365d}\n"
            "hypotheses: [{cpi: quotes, kpi: wins, direction: up, lag: 30d}]\n")
    out, told = checked(text)
    equal(told, "")
    equal([line.split()[0] for line in out.splitlines() if line][1:8], ["CPI", "quotes", "KPI", "wins", "HR", "turnover", "Hypotheses"])
    contains(out, "quotes    X     interview, survey  time       share  buy      sales\n")
    contains(out, "quotes -> wins, up after 30d: open\n")
    told = json.loads(checked(text, "--json")[0])
    equal(told["registry"][0], {"name": "quotes", "class": "cpi", "axis": "X", "evidence": "interview, survey", "increment": "time",
                                "unit": "share", "journey": "buy", "owner": "sales"})
    equal(told["hypotheses"], [{"cpi": "quotes", "kpi": "wins", "direction": "up", "lag_ms": 30 * 86_400_000, "status": "open"}])


def test_a_file_takes_a_hypothesis_from_the_pack_and_adds_its_own():
    text = "version: 1\nhypotheses:\n  - {cpi: first_time_resolution, kpi: nps, direction: up}\n"
    told = json.loads(checked(text, "--json")[0])["hypotheses"]
    holds({"cpi": "first_time_resolution", "kpi": "nps", "direction": "up", "lag_ms": 0, "status": "open"} in told, str(told))


def test_the_pack_counts_value_delivered_in_the_currency_of_the_file():
    for text, unit in (("version: 1\n", "EUR"), ("version: 1\nmoney: {currency: USD}\n", "USD")):
        effective, _ = checked(text, "--effective")
        equal(effective.count(f'where: {{unit: ["{unit}"]}}'), 2, text)
        holds("{{currency}}" not in effective, effective)
    told = checked("version: 1\nmoney: {currency: [USD]}\n", code=78)[1]
    equal(told.count("error"), 1, told)


def test_effective_is_a_configuration_of_the_same_model():
    out, _ = checked("version: 1\nname: acme\nmeasures:\n  - {name: csat, window: 7d}\n", "--json")
    effective, _ = checked("version: 1\nname: acme\nmeasures:\n  - {name: csat, window: 7d}\n", "--effective")
    again, _ = checked(effective, "--json")
    same = ("name", "model", "measures", "scopes", "alerts")
    equal({k: json.loads(again)[k] for k in same}, {k: json.loads(out)[k] for k in same})
    other, _ = checked("version: 1\nname: acme\n", "--json")
    holds(json.loads(other)["model"] != json.loads(out)["model"], "another window, another model")


def test_json_of_a_bad_one():
    out, told = checked("version: 1\ncolour: red\n", "--json", code=78)
    equal({k: v for k, v in json.loads(out).items() if k != "file"}, {"good": False, "errors": 1, "warnings": 0})
    contains(told, 'unknown key "colour"')


def test_an_alert_by_the_name_of_one_of_cubed_is_warned_of():
    names = ("Overflow", "DeadLetterShare", "CheckpointTrouble", "Overflown")
    alerts = "".join(f"  - {{name: {name}, stale: {{measure: n, after: 2d}}}}\n" for name in names)
    _, told = checked(f"version: 1\npack: none\nmeasures:\n{MEASURE}alerts:\n{alerts}")
    equal(told.count("warning"), 3)
    contains(told, "warning: cubed has an alert Overflow itself: both go by this name")


def test_a_warning_is_no_error():
    weak = ("version: 1\nmeasures:\n  - {name: m, axis: X, class: cpi, evidence: [survey], increment: time, unit: share, aggregation: within,\n"
            "     from: {kind: measurement, where: {cpi: m}}, target: 5, window: 1d, score: {at0: 0, at100: 1}}\n")
    out, told = checked(weak)
    contains(told, ": warning: weak evidence")
    contains(out, "warnings  1")


def test_a_measure_that_breaks_the_model_is_refused():
    _, told = checked("version: 1\nmeasures:\n  - {name: n, class: cpi, evidence: [interview], increment: time, unit: points, aggregation: nps, "
                      "from: {kind: survey, where: {instrument: nps}}, window: 90d}\n", code=78)
    contains(told, "NPS is a KPI")
    _, told = checked("version: 1\nmeasures:\n  - {name: n, aggregation: count, from: {kind: complaint}, window: 3661d}\n", code=78)
    contains(told, "error: ")
    _, told = checked("version: 1\nalerts:\n  - {name: a, measure: first_time_resolution, burn_rate: {objective: 0.5, long: 6h, factor: 3}}\n", code=78)
    contains(told, "never fire")


if __name__ == "__main__":
    main()
