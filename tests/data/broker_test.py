#!/usr/bin/env python3
"""The public data sets all the way: cubed topics, produce, run on a real broker, and the figures as another client
reads them from cube.state."""
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import cache

cache.use_venv()

import figures
from broker import Broker
from committed import last_per_key, read_topic
from daemon import Daemon
from data_sets import events_folder, expected
from program import cubed, write_config, write_events
from scratch import scratch
from tap import PATIENCE, Failed, contains, equal, main, wait_until
from wire import partition_of

PARTITIONS = 4
OUTPUTS = ("state", "changes", "alerts", "customers", "late", "dead_letters")
broker = None


def the_broker():
    global broker
    broker = broker or Broker().start()
    return broker


def teardown():
    if broker:
        broker.close()


def topics_of(name):
    """Two companies on one broker."""
    return {t: f"{name}.{t}" for t in ("interactions", "cpi", "hr", *OUTPUTS)}


def config_of(made, name):
    return made(kafka={"bootstrap.servers": the_broker().bootstrap}, topics=topics_of(name), cube={"tick": "1h"})


def key_for(partition, prefix):
    return next(k for k in (f"{prefix}{i}" for i in range(10_000)) if partition_of(k, PARTITIONS) == partition)


def markers(ts):
    """An event behind the last one in every partition, so that all watermarks pass the instant of the figures."""
    for p in range(PARTITIONS):
        customer, employee = key_for(p, "marker-"), key_for(p, "marker-e")
        yield {"v": 1, "id": f"m-i{p}", "ts": ts, "kind": "selfservice.login", "customer": customer}
        yield {"v": 1, "id": f"m-c{p}", "ts": ts, "kind": "measurement", "customer": customer, "cpi": "marker", "value": 1}
        yield {"v": 1, "id": f"m-h{p}", "ts": ts, "kind": "productive", "employee": employee}


def produced(path, work, events, topic, at_ms):
    """Everything through `cubed produce`; returns how many records that are."""
    count = sum(1 for _ in open(events, encoding="utf-8"))
    done = cubed("produce", "-c", path, events)
    contains(done.stdout.decode(), f"{topic} {count},")
    contains(done.stdout.decode(), "refused 0, not delivered 0")
    ends = list(markers(at_ms + 10_000))
    cubed("produce", "-c", path, write_events(work / "ends.ndjson", ends))
    return count + len(ends)


def through_the_broker(name, made, doc, topic, events, judges, left_out):
    """The figures of the last instant, from cube.state."""
    at_ms = max(f["at_ms"] for f in doc["figures"])
    last = {"figures": [f for f in doc["figures"] if f["at_ms"] == at_ms and f["name"] in judges and "customer" not in f["scope"]]}
    work = scratch("cubed-data-")
    config = config_of(made, name)
    path = write_config(work / "config.yaml", config)
    cubed("topics", "-c", path, "--create", "--partitions", PARTITIONS)
    count = produced(path, work, events, topic, at_ms)
    daemon = Daemon(config).start()
    try:
        wait_until(lambda: sum(daemon.outcomes().values()) >= count, 60, f"{count} records read")
        judged = wait_for(lambda: figures.judge_all(last, judges, left_out, figures.Answers({at_ms: states(name)})), 30)
        equal(daemon.outcomes(), {"applied": count, "duplicate": 0, "late": 0, "dead_letter": 0, "ignored": 0}, "outcomes")
        equal(daemon.stop(), 0, "exit code")
    except BaseException:
        print("\n".join("# " + line for line in daemon.tail().splitlines()))
        raise
    finally:
        daemon.kill()
    counts, published = judged
    print(f"# {name}: {count} records; {sum(counts.values())} figures compared, {sum(published.values())} published ones ({json.dumps(published)})")
    return counts, published


def wait_for(judge, seconds):
    """The figures hold once the last watermark has passed their instant; what still differs after that time is told."""
    end = time.monotonic() + PATIENCE * seconds
    while True:
        try:
            return judge()
        except Failed:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)


def states(name):
    return last_per_key(read_topic(the_broker().bootstrap, topics_of(name)["state"]))


def test_cdnow_through_the_broker():
    needs_customers = {"new_customers": "the customers' records are not read here"}
    counts, published = through_the_broker("cdnow", figures.cdnow_config, expected("cdnow"), "interactions",
                                           events_folder("cdnow") / "interactions.ndjson", figures.CDNOW, needs_customers)
    equal(counts, {"revenue": 15, "units": 15, "purchases": 15, "active_customers": 15, "top20_revenue_share": 12, "gini_revenue": 12, "repeat_rate_lines": 6})
    equal(published, {"revenue": 1, "units": 1, "purchases": 1, "active_customers": 1, "top20_revenue_share": 1})


def follows_the_clock_of_a_scope_that_rests(figure):
    """The answers of this department are withheld, so the last release had nothing to publish of it: its last state is as of an earlier tick."""
    return figure["scope"] == {"department": "Human Resources"} and figure["name"].startswith(("average_headcount", "turnover"))


def test_attrition_through_the_broker():
    many_windows = {"employees_ever": "windows side by side are no matter of the last state"}
    doc = expected("attrition")
    doc["figures"] = [f for f in doc["figures"] if not follows_the_clock_of_a_scope_that_rests(f)]
    counts, published = through_the_broker("attrition", figures.attrition_config, doc, "hr",
                                           events_folder("attrition") / "hr.ndjson", figures.ATTRITION, many_windows)
    equal(counts, {"exits": 12, "hires": 12, "average_headcount": 9, "turnover": 9, "turnover_regretted": 9, "turnover_voluntary": 3,
                   "exits_per_row": 4, "headcount": 4, "favourable": 20, "survey_mean": 20, "survey_histogram": 20})
    equal(published, {"exits": 4, "exits_per_row": 4, "headcount": 1})


if __name__ == "__main__":
    main()
