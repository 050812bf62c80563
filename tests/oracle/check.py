"""Plays a scenario through `cubed replay` and compares every record it prints with the oracle."""
import base64
import json
import os
import sys
import traceback
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "support"))
from compare import alert_differences, change_differences, differences, rfc3339, state_differences  # noqa: E402
from oracle import Oracle  # noqa: E402
from program import replay, sequences  # noqa: E402
from scenario import Scenario  # noqa: E402
from tap import Failed  # noqa: E402
from years import Years  # noqa: E402

HOUR = 3_600_000
WORKERS = 2
KINDS = ((), ("straggling",), ("drifting",), ("years",))
SHOWN = 12


def run(s, *options, **inputs):
    return replay(s.config, "--until", rfc3339(s.until), *options, **(inputs or s.inputs))


def instants(s):
    return sorted({(s.until - k * 5 * HOUR) // HOUR * HOUR for k in range(4)})


def at_options(s):
    return [x for t in instants(s) for x in ("--at", rfc3339(t))]


def made(seed, kind):
    """The scenario of a seed; kind: words."""
    return Years(seed) if "years" in kind else Scenario(seed, **dict.fromkeys(kind, True))


def check(s):
    """All differences of one scenario, as texts."""
    try:
        lines = run(s, "--customers", *at_options(s))
        return compare(s, lines, Oracle(s.config, **s.inputs))
    except Failed as failed:
        return [str(failed)]
    except Exception:  # an oracle that breaks has not agreed
        return [traceback.format_exc()[-3000:]]


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
        return [] if is_before_all(line, o) else [f"{place}: not judged by the oracle"]
    return told(place, state_differences(line["value"], state))


def is_before_all(line, o):
    """The organisation is there, too, as long as nothing has counted: nothing is known of it."""
    value = line["value"]
    empty = value["measures"] == {} and "octant" not in value and {x["side"] for x in value["axes"].values()} == {"unknown"}
    first = min((t for key, t in o.states if key == "organisation"), default=value["as_of"] + 1)
    return line["topic"] == "cube.snapshot" and line["key"] == "organisation" and empty and value["as_of"] < first


def told(place, found):
    return [f"{place} {path}: replay {got!r}, oracle {want!r}" for path, got, want in found]


def customer_differences(lines, o):
    out, told_of = [], {}
    for line in lines:
        if line["topic"] == "cube.customers.snapshot":
            told_of.setdefault(line["ts"], set()).add(line["key"])
        if line["topic"].startswith("cube.customers"):
            place, want = f"{line['topic']} {line['key']} {line['ts']}", o.customer(line["key"], line["ts"])
            if line.get("value") is None or want is None:
                out += [] if line.get("value") is want else [f"{place}: replay {line.get('value')!r}, oracle {want!r}"]
            else:
                out += told(place, differences(line["value"], want))
    for t, names in told_of.items():
        known = o.customers(t)
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


def command(seed, kind):
    return " ".join(["./dev fuzz --seeds", f"{seed}-{seed}", *(f"--kind {word}" for word in kind)])


def problem(job):
    """None, or what differs in the scenario of a seed."""
    seed, kind = job
    found = check(made(seed, kind))
    return "\n".join([f"seed {seed}: {len(found)} differences; again: {command(seed, kind)}", *found[:SHOWN]]) if found else None


def problems(jobs):
    """What differs, scenario by scenario, in the order of the jobs (seed, kind)."""
    with ProcessPoolExecutor(WORKERS) as pool:
        yield from pool.map(problem, jobs, chunksize=2)


def all_seeds(first, last, *kind):
    """Fails with what differs. Under the address sanitizer a few scenarios do: it looks for other things, and takes its time."""
    if "asan" in os.environ.get("CUBED_BINARY", ""):
        last = first + (last - first) // 12
    bad = [p for p in problems([(seed, kind) for seed in range(first, last + 1)]) if p]
    if bad:
        raise Failed(f"{len(bad)} of {last - first + 1} scenarios differ\n" + "\n".join(bad[:5]))
    print(f"# {last - first + 1} scenarios: seeds {first}..{last} {' '.join(kind)}")
