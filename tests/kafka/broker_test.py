#!/usr/bin/env python3
"""The harness itself: brokers of both versions come up, keep their data over a kill, and answer two clients
that share no code with cubed's."""
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from broker import NEWEST, OLDER, Broker
from cache import use_venv
from tap import contains, equal, holds, main

use_venv()
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic


def kcat_lists(broker):
    done = subprocess.run(["kcat", "-b", broker.bootstrap, "-L"], capture_output=True, text=True, check=True, timeout=30)
    contains(done.stdout, "1 brokers:")
    return done.stdout


def write_and_read_over_a_kill(broker):
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    admin.create_topics([NewTopic("probe", num_partitions=2, replication_factor=1)])
    admin.close()
    contains(kcat_lists(broker), 'topic "probe" with 2 partitions')
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap, acks="all")
    for i in range(10):
        producer.send("probe", key=b"k", value=str(i).encode(), partition=1)
    producer.flush()
    producer.close()
    first = broker.pid
    broker.restart(hard=True)
    holds(broker.pid != first, "another process")
    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap, isolation_level="read_committed", auto_offset_reset="earliest",
                             consumer_timeout_ms=5000)
    consumer.assign([TopicPartition("probe", 1)])
    equal([next(consumer).value for _ in range(10)], [str(i).encode() for i in range(10)])
    consumer.close()
    print(f"# Kafka {broker.version}: up in {broker.start_seconds:.1f} s")


def test_the_newest_broker_keeps_records_over_a_kill():
    with Broker(NEWEST) as broker:
        write_and_read_over_a_kill(broker)
        broker.restart()
        kcat_lists(broker)


def test_the_older_broker_keeps_records_over_a_kill():
    with Broker(OLDER) as broker:
        write_and_read_over_a_kill(broker)


if __name__ == "__main__":
    main()
