"""What must be refused, and with what words, when partitions are added, records deleted, or a topic is deleted and made anew. Tried by
refusal_test.py with small groups, and as the last act of each round of chaos. Import it after cache.use_venv()."""
import re
from collections import Counter

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient, NewPartitions
from tap import contains, equal, holds, wait_until

LEAVES_SECONDS = 60


def admin_do(bootstrap, method, *arguments):
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        return getattr(admin, method)(*arguments)
    finally:
        admin.close()


def ends_with(daemon, code, seconds, *says, unready=False):
    """unready: it never says that it is ready before."""
    def over():
        holds(not unready or daemon.get("/readyz")[0] != 200, f"it is not ready\n{daemon.tail()}")
        return daemon.exit_code is not None
    wait_until(over, seconds, f"it ends\n{daemon.tail()}")
    equal(daemon.exit_code, code, f"exit code\n{daemon.tail()}\n")
    for text in says:
        contains(daemon.log.read_text(), text)


def ends_of(bootstrap, topic, partitions):
    consumer = KafkaConsumer(bootstrap_servers=bootstrap)
    try:
        return consumer.end_offsets([TopicPartition(topic, p) for p in range(partitions)])
    finally:
        consumer.close()


def partitions_added(bootstrap, topic, count, daemons):
    """A topic that had `count` partitions gets more: refused with both counts, by all that run and at the next start."""
    grown = count + 3
    admin_do(bootstrap, "create_partitions", {topic: NewPartitions(total_count=grown)})
    for d in daemons:
        ends_with(d, 78, LEAVES_SECONDS)
        holds(re.search(rf"{topic} had {count} partitions when this process started and has {grown} now|{both_counts(topic, count, grown)}", d.log.read_text()),
              f"{topic} is named with both counts\n{d.tail()}")
    daemons[0].start(ready_within=None)
    ends_with(daemons[0], 78, LEAVES_SECONDS)
    holds(re.search(both_counts(topic, count, grown), daemons[0].log.read_text()), f"and beside another one\n{daemons[0].tail()}")


def both_counts(topic, count, grown):
    """Where an input has more than what must have as many: its changelog, or the other input of its tasks."""
    return rf"{topic} has {grown} partitions and \S+ has {count}\b|\S+ has {count} partitions and {topic} has {grown}\b"


def records_deleted(bootstrap, topic, count, daemon):
    """Records that nobody has read are deleted while nobody runs: a loss."""
    admin_do(bootstrap, "delete_records", ends_of(bootstrap, topic, count))
    daemon.start(ready_within=None)
    ends_with(daemon, 65, LEAVES_SECONDS, "offset_out_of_range", "is gone from the broker: records were deleted before they were read")
    holds(re.search(rf"{topic}\[\d+\]: offset \d+ is gone", daemon.log.read_text()), f"topic, partition and offset are named\n{daemon.tail()}")


def topic_deleted(bootstrap, topic, daemon, made_anew):
    """Missed as long as it is not there; one of its name, which made_anew makes and fills, is refused, and at the next start again. Made within the
    ten seconds in which members look at their topics, it is a topic that the group does not give out yet; nobody is ready without it."""
    admin_do(bootstrap, "delete_topics", [topic])
    wait_until(lambda: "is one missing" in daemon.get("/readyz?verbose")[1], LEAVES_SECONDS, f"not ready, with the reason\n{daemon.tail()}")
    contains(daemon.log.read_text(), f"topic {topic} is not there")
    made_anew()
    told = [times_told(topic, daemon)]
    for begun_anew in (False, True):
        if begun_anew:
            daemon.start(ready_within=None)
        ends_with(daemon, 78, LEAVES_SECONDS, unready=True)
        told.append(times_told(topic, daemon))
        equal(told[-1] - told[-2], 1, f"told once each time\n{daemon.tail()}\n")


def times_told(topic, daemon):
    told = re.findall(rf"{topic}\[(\d+)\]: the group has committed offset -1, but its changelog was written up to \d+, it has 0 to \d+ now", daemon.log.read_text())
    return max(Counter(told).values(), default=0)
