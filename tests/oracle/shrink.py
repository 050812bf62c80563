"""Makes a scenario that differs smaller while it still differs, and leaves it as files that can be replayed."""
import json
from pathlib import Path

from check import at_options, check, instants, rfc3339
from intake import TOPICS

PLACE = Path(__file__).resolve().parents[2] / "build" / "fuzz" / "found"
FEWEST_TRIES = 400


class Smaller:
    """The scenario with fewer events, measures, alerts."""

    def __init__(self, s, config, inputs):
        self.until, self.config, self.inputs = s.until, config, inputs


def field_of(text):
    """What differs, without where and when: the field of a record, or the whole first words."""
    return "refused" if "ended with" in text else text.split(": replay")[0].split(" ")[-1].split(".")[-1]


def smallest(s, tries=FEWEST_TRIES):
    first = check(s)
    wanted = {field_of(x) for x in first}

    def still(candidate):
        return bool({field_of(x) for x in check(candidate)} & wanted)
    budget = [tries]
    s = fewer_parts(s, still, budget)
    return fewer_events(s, still, budget)


def fewer_parts(s, still, budget):
    for part in ("alerts", "measures"):
        for x in list(s.config[part]):
            left = [y for y in s.config[part] if y is not x]
            config = {**s.config, part: left}
            if left or part == "alerts":
                s = tried(s, Smaller(s, config, s.inputs), still, budget)
    return s


def fewer_events(s, still, budget):
    size = max(len(es) for es in s.inputs.values())
    while size >= 1:
        for topic in TOPICS:
            at = 0
            while at < len(s.inputs[topic]) and budget[0] > 0:
                es = s.inputs[topic]
                now = tried(s, Smaller(s, s.config, {**s.inputs, topic: es[:at] + es[at + size:]}), still, budget)
                at += 0 if now is not s else size
                s = now
        size //= 2
    return s


def tried(s, candidate, still, budget):
    if budget[0] <= 0:
        return s
    budget[0] -= 1
    return candidate if still(candidate) else s


def leave(s, job):
    """Writes the files; the lines to show."""
    place = PLACE / "-".join(["seed", str(job[0]), *job[1]])
    place.mkdir(parents=True, exist_ok=True)
    (place / "config.yaml").write_text(json.dumps(s.config, indent=1))
    files = []
    for topic in TOPICS:
        (place / f"{topic}.json").write_text("".join(json.dumps(e) + "\n" for e in s.inputs[topic]))
        files += [f"--{topic}", str(place / f"{topic}.json")]
    found = check(s)
    return ["", "the smallest that differs:", " ".join(["build/release/cubed replay -c", str(place / "config.yaml"), *files, "--until", rfc3339(s.until), "--customers",
                                                        *at_options(s)]), *found[:12], f"({len(instants(s))} instants)"]
