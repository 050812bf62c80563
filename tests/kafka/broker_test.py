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
from committed import last_per_key, read_topic
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic


def kcat_lists(broker):
    done = subprocess.run(["kcat", "-b", broker.bootstrap, "-L"], capture_output=True, text=True, check=True, timeout=90)
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
    equal([r.value for r in read_topic(broker.bootstrap, "probe")], [str(i).encode() for i in range(10)])
    print(f"# Kafka {broker.version}: up in {broker.start_seconds:.1f} s")


def read_only_what_was_committed(broker):
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap, transactional_id="t", acks="all")
    producer.init_transactions()
    for value, end in ((b'{"n":1}', producer.commit_transaction), (b'{"n":2}', producer.abort_transaction)):
        producer.begin_transaction()
        producer.send("probe", key=b"t", value=value, partition=0)
        producer.flush()
        end()
    producer.close()
    equal(last_per_key([r for r in read_topic(broker.bootstrap, "probe") if r.partition == 0]), {"t": {"n": 1}})


def test_the_newest_broker_keeps_records_over_a_kill():
    with Broker(NEWEST) as broker:
        write_and_read_over_a_kill(broker)
        read_only_what_was_committed(broker)
        broker.restart()
        kcat_lists(broker)


def test_the_older_broker_keeps_records_over_a_kill():
    with Broker(OLDER) as broker:
        write_and_read_over_a_kill(broker)


if __name__ == "__main__":
    main()
