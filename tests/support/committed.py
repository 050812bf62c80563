"""Reads topics as any other user of Kafka would: read_committed, through kafka-python, to the end.
Import it after cache.use_venv()."""
import json
import time

import schema
from kafka import KafkaConsumer, TopicPartition
from tap import PATIENCE, Failed


def read_each(bootstrap, topic, each, timeout=60, since=None):
    """Calls each(record) for all records up to the end (the last stable offset) as it stands now, in offset order per partition.
    since: {partition: first offset}; default: the beginning. timeout: seconds it should take at most;
    PATIENCE times as long is read. Keeps nothing."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed", enable_auto_commit=False,
                             auto_offset_reset="earliest", fetch_max_wait_ms=50)
    try:
        numbers = consumer.partitions_for_topic(topic)
        if not numbers:
            raise Failed(f"no topic {topic}")
        partitions = [TopicPartition(topic, n) for n in sorted(numbers)]
        consumer.assign(partitions)
        ends = consumer.end_offsets(partitions)
        for p, start in consumer.beginning_offsets(partitions).items():
            consumer.seek(p, (since or {}).get(p.partition) or start)
        limit = time.monotonic() + PATIENCE * timeout
        # A position may pass records without showing any: aborted ones and transaction markers.
        while behind := {p.partition: (at, ends[p]) for p in partitions if (at := consumer.position(p, timeout_ms=5000)) < ends[p]}:
            if time.monotonic() > limit:
                raise Failed(f"{topic}: the end was not reached within {PATIENCE * timeout} s: an open transaction? {behind}")
            for p, some in consumer.poll(timeout_ms=200).items():
                for r in some:
                    if r.offset < ends[p]:
                        each(r)
    finally:
        consumer.close()


def read_topic(bootstrap, topic, timeout=60):
    """All of them, partition by partition. Outputs of cubed are held against their schemas."""
    records = {}
    read_each(bootstrap, topic, lambda r: records.setdefault(r.partition, []).append(r), timeout)
    out = [r for p in sorted(records) for r in records[p]]
    for r in out:
        schema.judge_record(r)
    return out


def values(records):
    """(key, JSON value) per record; None where a record has no value."""
    return [(r.key.decode() if r.key is not None else None, json.loads(r.value) if r.value is not None else None) for r in records]


def last_per_key(records):
    """What compaction would leave: tombstoned keys are gone."""
    out = dict(values(records))
    return {k: v for k, v in out.items() if v is not None}


def headers_of(record):
    return {k: v.decode(errors="replace") for k, v in record.headers}


def committed_offsets(bootstrap, group, partitions):
    """The group's offsets per (topic, partition); None where it has none."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    try:
        return {p: consumer.committed(TopicPartition(*p)) for p in partitions}
    finally:
        consumer.close()
