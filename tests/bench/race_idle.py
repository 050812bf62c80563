"""CPU of a daemon with nothing to do."""
import time

from daemon import Daemon
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic
from parts_broker import bench_config, cpu_seconds
from program import cubed
from race_jobs import TOPICS
from wire import pack

IDLE_PARTITIONS = 12


def write_one_each(broker, prefix):
    """An event of the present per partition, so that all have a watermark that follows the clock."""
    producer, now = KafkaProducer(bootstrap_servers=broker.bootstrap), int(time.time() * 1000)
    kinds = {"interactions": ("promo.response", "customer"), "cpi": ("measurement", "customer"), "hr": ("productive", "employee")}
    for topic in TOPICS:
        kind, who = kinds[topic]
        for p in range(IDLE_PARTITIONS):
            event = {"v": 1, "id": f"{topic}-{p}", "ts": now, "kind": kind, who: f"x{p}", **({"cpi": "c", "value": 1} if topic == "cpi" else {})}
            producer.send(prefix + topic, key=f"x{p}".encode(), value=pack(event), partition=p)
    producer.flush()
    producer.close()


def create_inputs(broker, prefix):
    """Returns when a client sees them: cubed takes the number of partitions of its own topics from theirs."""
    admin, consumer = KafkaAdminClient(bootstrap_servers=broker.bootstrap), KafkaConsumer(bootstrap_servers=broker.bootstrap)
    admin.create_topics([NewTopic(prefix + t, IDLE_PARTITIONS, 1) for t in TOPICS])
    while any(len(consumer.partitions_for_topic(prefix + t) or ()) < IDLE_PARTITIONS for t in TOPICS):
        time.sleep(0.2)
    admin.close()
    consumer.close()


def idle_share(broker, seconds, prefix="idle-"):
    """Of one core, over so many seconds, after partitions have become idle."""
    create_inputs(broker, prefix)
    daemon = Daemon(bench_config(broker, "idle", prefix, time={"idle_after": "2s"}))
    cubed("topics", "-c", daemon.config, "--create")
    with daemon:
        write_one_each(broker, prefix)
        time.sleep(8)
        begun, before = time.monotonic(), cpu_seconds(daemon.process.pid)
        time.sleep(seconds)
        share = (cpu_seconds(daemon.process.pid) - before) / (time.monotonic() - begun)
        daemon.stop()
    return share
