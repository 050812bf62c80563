#!/usr/bin/env python3
"""Nobody is ready while the group gives an input to nobody: on Kafka 4.1 with Debian's librdkafka, on 3.9 with a current one."""
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
import cache

cache.use_venv()

import refusal_test
from broker import NEWEST, OLDER, Broker
from daemon import Daemon
from kafka import KafkaConsumer
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from refusal_test import given, is_read, made
from tap import equal, holds, main, wait_until
from world import library_env

NAME = "withheld"


class Withholding(RangePartitionAssignor):
    """As a leader whose broker does not show hr just then: all else is given to the instance."""

    @classmethod
    def assign(cls, cluster, members):
        topics = sorted(t for t in next(iter(members.values())).subscription if not t.endswith(".hr"))
        all_else = [(t, sorted(cluster.partitions_for_topic(t))) for t in topics]
        return {m: ConsumerProtocolMemberAssignment(cls.version, all_else if m.startswith(f"{NAME}-1-") else [], b"") for m in members}


def leads(bootstrap):
    topics = [f"{NAME}.{t}" for t in ("interactions", "cpi", "hr")] + [f"{NAME}-partials"]
    leader = KafkaConsumer(*topics, bootstrap_servers=bootstrap, group_id=NAME, enable_auto_commit=False, partition_assignment_strategy=[Withholding])
    wait_until(lambda: leader.poll(200) or leader._coordinator.generation_if_stable(), 30, "it leads")
    return leader


def test_an_input_that_is_given_to_nobody_is_told_and_nobody_is_ready_without_it():
    for version, library in ((NEWEST, "system"), (OLDER, "current")):
        with Broker(version) as refusal_test.broker:
            daemon = Daemon(made(NAME), env=library_env(library))
            leader = leads(refusal_test.broker.bootstrap)
            try:
                daemon.start(ready_within=None)
                wait_until(lambda: leader.poll(100) or sum(daemon.outcomes().values()) == 50, 60, f"the rest is read\n{daemon.tail()}")
                for says in (f"{NAME}.hr has 2 partitions, and not all are given to an instance", "input_not_given"):
                    wait_until(lambda: leader.poll(100) or says in daemon.log.read_text(), 30, f"it is told\n{daemon.tail()}")
                wait_until(lambda: leader.poll(100) or "is given to no instance" in daemon.get("/readyz?verbose")[1], 30, f"not ready\n{daemon.tail()}")
                leader.close()
                daemon.wait_ready()
                holds(f"{NAME}.hr" in given(NAME), "it is given out")
                is_read(daemon, 50)
                equal(daemon.stop(), 0)
            finally:
                leader.close()
                daemon.kill()


if __name__ == "__main__":
    main()
