#!/usr/bin/env python3
"""What cubed refuses on a real broker, and what it says: partitions added, topics and records deleted, TLS, passwords and rights
that are missing. And what it shrugs off: hostile readers of its page, a hang-up."""
import json
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
import cache

cache.use_venv()

import refused
from broker import Broker
from daemon import Daemon
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ACL, ACLOperation, ACLPermissionType, NewTopic, ResourcePattern, ResourceType
from ports import free_ports
from program import cubed, event, write_config
from refused import ends_with
from scratch import scratch
from tap import contains, equal, holds, main, wait_until

PARTITIONS = 2
T0 = 1_704_067_200_000
ROLES = ("interactions", "cpi", "hr", "state", "changes", "alerts", "customers", "late", "dead_letters")
PASSWORD = "tell-nobody-9"
work = scratch("cubed-refusal-")
doors = dict(zip(("TLS", "SASL"), free_ports(2)))


def keystore():
    path = work / "broker.p12"
    command = ["keytool", "-genkeypair", "-alias", "broker", "-keyalg", "RSA", "-dname", "CN=127.0.0.1", "-ext", "SAN=ip:127.0.0.1", "-storetype", "PKCS12",
               "-keystore", str(path), "-storepass", PASSWORD, "-validity", "30"]
    subprocess.run(command, check=True, capture_output=True)
    return path


def started():
    """One with doors for TLS and for a password, and with rights: who comes through the plain door may do all, others nothing."""
    jaas = f'org.apache.kafka.common.security.plain.PlainLoginModule required user_cubed="{PASSWORD}";'
    properties = {"authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer", "super.users": "User:ANONYMOUS",
                  "ssl.keystore.location": keystore(), "ssl.keystore.password": PASSWORD, "ssl.keystore.type": "PKCS12",
                  "listener.name.sasl.sasl.enabled.mechanisms": "PLAIN", "listener.name.sasl.plain.sasl.jaas.config": jaas}
    return Broker(properties=properties, listeners={name: (protocol, door, door) for name, protocol, door in (
        ("TLS", "SSL", doors["TLS"]), ("SASL", "SASL_PLAINTEXT", doors["SASL"]))})


def admin_do(method, *arguments):
    return refused.admin_do(broker.bootstrap, method, *arguments)


def made_anew(name):
    cubed("topics", "-c", work / f"{name}.yaml", "--create", "--partitions", PARTITIONS)


def given(group):
    """The topics of which a member has partitions; none while the group rebalances."""
    described = admin_do("describe_consumer_groups", [group])[0]
    assigned = [m.member_assignment.assignment for m in described.members if m.member_assignment]
    return {t for topics in assigned for t, partitions in topics if partitions} if described.state == "Stable" else set()


def config_of(name, **kafka):
    return {"version": 1, "name": name, "pack": "none", "kafka": {"bootstrap.servers": broker.bootstrap, **kafka},
            "topics": {t: f"{name}.{t}" for t in ROLES}, "time": {"idle_after": "never", "out_of_order": "0s"}, "scopes": ["region"],
            "measures": [{"name": "complaints", "aggregation": "count", "from": {"kind": "complaint"}, "window": "30d"}]}


def made(name, **kafka):
    """Topics with a few records; the configuration."""
    config = config_of(name, **kafka)
    path = write_config(work / f"{name}.yaml", config)
    made_anew(name)
    sent(name, 50)
    return config


def sent(name, count, step=1):
    """So many events, `step` ms apart."""
    events = "".join(json.dumps(event("complaint", T0 + i * step, customer=f"c{i}", region="north")) + "\n" for i in range(count))

    def taken():
        """Refused as a whole while the broker has not heard of a topic that was just made."""
        done = cubed("produce", "-c", work / f"{name}.yaml", stdin=events, code=None)
        if done.returncode == 69 and b"is not there" in done.stderr:
            return False
        equal(done.returncode, 0, f"{done.stderr}")
        return True
    wait_until(taken, 20, f"{name} takes events", step=0.5)


def is_read(daemon, count):
    """And committed: what the test does next is no race against the first transaction."""
    wait_until(lambda: sum(daemon.outcomes().values()) >= count, 30, f"{count} records are read")
    wait_until(lambda: committed_sum(json.loads(daemon.config.read_text())["name"]) >= count, 30, f"{count} records are committed")


# ---------------------------------------------------------------- the layout

def test_partitions_added_are_refused_with_the_counts():
    for role in ("hr", "interactions"):
        with Daemon(made(f"grown-{role}")) as daemon:
            is_read(daemon, 50)
            refused.partitions_added(broker.bootstrap, f"grown-{role}.{role}", PARTITIONS, [daemon])


def test_a_changelog_smaller_than_its_input_is_refused_with_both_counts():
    config = config_of("small")
    path = write_config(work / "small.yaml", config)
    admin_do("create_topics", [NewTopic("small-changelog-customers", 1, 1, topic_configs={"cleanup.policy": "compact"})])
    cubed("topics", "-c", path, "--create", "--partitions", PARTITIONS, code=None)
    daemon = Daemon(config).start(ready_within=None)
    try:
        ends_with(daemon, 78, 40, "small.interactions has 2 partitions and small-changelog-customers has 1")
    finally:
        daemon.kill()


def test_an_input_that_is_deleted_is_missed_and_a_new_one_of_its_name_is_refused():
    def again():
        made_anew("gone")
        sent("gone", 90)
    with Daemon(made("gone")) as daemon:
        is_read(daemon, 50)
        refused.topic_deleted(broker.bootstrap, "gone.interactions", daemon, again)


def test_an_output_that_is_deleted_is_waited_for():
    """The commit is tried again and again; when the topic is there once more all lands that was made meanwhile."""
    with Daemon(made("mute")) as daemon:
        is_read(daemon, 50)
        admin_do("delete_topics", ["mute.state"])
        wait_until(lambda: "mute.state" not in admin_do("list_topics"), 20, "the broker has dropped it")
        sent("mute", 30, step=60_000)
        for reason in ("a commit is refused again and again", "a commit does not end"):
            wait_until(lambda: reason in daemon.get("/readyz?verbose")[1], 60, f"not ready, with the reason\n{daemon.tail()}")
        contains(daemon.log.read_text(), "Unknown topic or partition")
        equal((daemon.get("/livez")[0], daemon.exit_code), (200, None), "it goes on trying")
        made_anew("mute")
        daemon.wait_ready()
        equal(committed_sum("mute"), 80)
        consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap)
        holds(sum(consumer.end_offsets([TopicPartition("mute.state", p) for p in range(PARTITIONS)]).values()) > 0, "states are published")
        consumer.close()
        equal(daemon.stop(), 0)


def test_an_input_made_anew_while_nobody_reads_is_refused_however_long_it_is():
    with Daemon(made("anew")) as daemon:
        is_read(daemon, 50)
        equal(daemon.stop(), 0)
        admin_do("delete_topics", ["anew.interactions"])
        wait_until(lambda: "anew.interactions" not in admin_do("list_topics"), 20, "the broker has dropped it")  # or it would count as there
        made_anew("anew")
        sent("anew", 200)
        daemon.start(ready_within=None)
        ends_with(daemon, 78, 60)
        contains(daemon.log.read_text(), "anew.interactions[0]: the group has committed offset -1, but its changelog was written up to")


def test_records_deleted_before_they_were_read_are_a_loss_that_is_refused():
    with Daemon(made("late")) as daemon:
        is_read(daemon, 50)
        equal(daemon.stop(), 0)
        sent("late", 60)
        refused.records_deleted(broker.bootstrap, "late.interactions", PARTITIONS, daemon)


def test_who_slept_while_others_read_and_retention_deleted_goes_on():
    config = {**made("slept"), "changelog": {"redo": 0}, "dedup": {"horizon": "0s"}, "time": {"idle_after": "500ms", "out_of_order": "0s"}}
    with Daemon(config) as first, Daemon(config, "2") as second:
        wait_until(lambda: committed_sum("slept") >= 50, 60, "all is read")
        first.process.send_signal(signal.SIGSTOP)
        sent("slept", 60, step=60_000)
        wait_until(lambda: committed_sum("slept") >= 110, 60, "the other has read all")
        ends = {p: end - 5 for p, end in refused.ends_of(broker.bootstrap, "slept.interactions", PARTITIONS).items()}  # what is held is read again by whoever comes
        admin_do("delete_records", ends)
        first.process.send_signal(signal.SIGCONT)
        sent("slept", 40, step=60_000)
        wait_until(lambda: committed_sum("slept") >= 150, 60, "both go on")
        time.sleep(20)
        equal((first.exit_code, second.exit_code), (None, None), f"both run\n{first.tail()}")
        equal((first.stop(), second.stop()), (0, 0), "exit codes")


def test_an_input_that_is_made_after_the_group_gave_out_the_others_is_waited_for():
    config = made("unborn")
    admin_do("delete_topics", ["unborn.cpi"])
    daemon = Daemon(config).start(ready_within=None)
    try:
        wait_until(lambda: "topic unborn.cpi is not there" in daemon.log.read_text(), 30, "it is missed")
        wait_until(lambda: "unborn.interactions" in given("unborn"), 30, f"interactions are given out without it\n{daemon.tail()}")
        made_anew("unborn")
        is_read(daemon, 50)
        wait_until(lambda: daemon.get("/readyz")[0] == 200, 60, f"ready\n{daemon.tail()}")
        equal(daemon.stop(), 0, "exit code")
    finally:
        daemon.kill()


def test_what_a_newer_version_wrote_is_refused_as_such():
    config = made("newer")
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap)
    producer.send("newer-changelog-scopes", key=b"\x7f", value=b"\x01", partition=0)
    producer.flush()
    producer.close()
    daemon = Daemon(config).start(ready_within=None)
    try:
        ends_with(daemon, 78, 40, "newer-changelog-scopes[0]", "a version this program does not know")
    finally:
        daemon.kill()


# ---------------------------------------------------------------- who may

def never_ready(daemon, says, seconds=40):
    """It says what is missing, again and again without giving up, does not find another way, and keeps the secret."""
    wait_until(lambda: re.search(says, daemon.log.read_text()), seconds, f"it says {says}\n{daemon.tail()}")
    time.sleep(1)
    holds(daemon.exit_code is None, "it goes on trying")
    wait_until(lambda: daemon.get("/readyz")[0] != 200, seconds, "it is not ready")
    holds(PASSWORD not in daemon.log.read_text() and PASSWORD not in daemon.get("/api/v1/about")[1], "no secret is told")


def test_a_certificate_nobody_vouches_for_is_refused():
    with_tls = {"bootstrap.servers": f"127.0.0.1:{doors['TLS']}", "security.protocol": "ssl"}
    daemon = Daemon(config_of("tls", **with_tls)).start(ready_within=None)
    try:
        never_ready(daemon, "certificate verify failed")
    finally:
        daemon.kill()


def test_no_tls_where_tls_is_needed_is_refused():
    daemon = Daemon(config_of("tls", **{"bootstrap.servers": f"127.0.0.1:{doors['TLS']}"})).start(ready_within=None)
    try:
        never_ready(daemon, "(?i)ssl|security.protocol|disconnected")
    finally:
        daemon.kill()


def with_password(password):
    return {"bootstrap.servers": f"127.0.0.1:{doors['SASL']}", "security.protocol": "sasl_plaintext", "sasl.mechanism": "PLAIN", "sasl.username": "cubed",
            "sasl.password": password}


def test_a_wrong_password_is_refused():
    daemon = Daemon(config_of("tls", **with_password(PASSWORD + "x"))).start(ready_within=None)
    try:
        never_ready(daemon, "(?i)authentication failed")
    finally:
        daemon.kill()


def allow(kind, name, *operations):
    rights = [ACL("User:cubed", "*", op, ACLPermissionType.ALLOW, ResourcePattern(kind, name)) for op in operations]
    admin_do("create_acls", rights)


def test_rights_that_are_missing_are_named_until_all_are_there():
    made("acl")
    daemon = Daemon(config_of("acl", **with_password(PASSWORD))).start(ready_within=None)
    topics = [f"acl.{t}" for t in ROLES] + ["acl-partials", *(f"acl-changelog-{s}" for s in ("customers", "employees", "scopes"))]
    try:
        never_ready(daemon, "(?i)topic[ _]authorization[ _]failed|acl.interactions is not there")
        for t in topics:
            allow(ResourceType.TOPIC, t, ACLOperation.READ, ACLOperation.DESCRIBE)
        never_ready(daemon, "(?i)group[ _]authorization[ _]failed")
        allow(ResourceType.GROUP, "acl", ACLOperation.READ, ACLOperation.DESCRIBE)
        never_ready(daemon, "(?i)transactional[ _]id[ _]authorization[ _]failed")
        allow(ResourceType.TRANSACTIONAL_ID, "acl-1", ACLOperation.WRITE, ACLOperation.DESCRIBE)
        for t in topics:
            allow(ResourceType.TOPIC, t, ACLOperation.WRITE)
        daemon.wait_ready(60)
        is_read(daemon, 50)
        equal(daemon.stop(), 0)
    finally:
        daemon.kill()


# ---------------------------------------------------------------- what it shrugs off

def hostile(port, sockets):
    """Connections that say nothing, say half, say too much, and never read what they asked for."""
    for said in (b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: " + b"x" * 20_000, b"\x16\x03\x01" * 500, b"GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"):
        for _ in range(30):
            try:
                s = socket.create_connection(("127.0.0.1", port), timeout=0.2)
                sockets.append(s)
                s.sendall(said)
            except OSError:
                pass  # it takes no more, or has hung up already


def test_hostile_readers_of_the_page_do_not_hold_up_the_engine():
    with Daemon(made("http")) as daemon:
        is_read(daemon, 50)
        sockets = []
        try:
            hostile(daemon.port, sockets)
            sent("http", 5_000)
            wait_until(lambda: committed_sum("http") >= 5_050, 20, f"all is committed meanwhile\n{daemon.tail()}", step=0.5)
            wait_until(lambda: daemon.get("/readyz")[0] == 200, 20, "and the page answers again", step=0.5)
        finally:
            for s in sockets:
                s.close()
        equal(daemon.stop(), 0)


def committed_sum(name):
    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap, group_id=name, enable_auto_commit=False)
    try:
        return sum(consumer.committed(TopicPartition(f"{name}.interactions", p)) or 0 for p in range(PARTITIONS))
    finally:
        consumer.close()


def test_a_hang_up_leaves_the_configuration_as_it_is_and_says_so():
    with Daemon(made("hup")) as daemon:
        is_read(daemon, 50)
        daemon.config.write_text("version: [", encoding="utf-8")
        daemon.signal(signal.SIGHUP)
        wait_until(lambda: "not_reloaded" in daemon.log.read_text(), 10, "it says so")
        sent("hup", 20)
        wait_until(lambda: committed_sum("hup") >= 70, 30, "it works on")
        equal(daemon.stop(), 0)


def test_a_second_sigterm_does_not_wait_for_a_commit_that_does_not_end():
    """The first waits five seconds for it, and as long as librdkafka's calls hold its thread."""
    with Broker() as frozen:
        with Daemon(made("hasty", **{"bootstrap.servers": frozen.bootstrap})) as daemon:
            wait_until(lambda: sum(daemon.outcomes().values()) >= 50, 30, "it reads")
            sent("hasty", 300, step=60_000)
            frozen.pause()
            daemon.signal(signal.SIGTERM)
            wait_until(lambda: "stopping" in daemon.log.read_text(), 10, "it has heard the first")
            holds(daemon.exit_code is None, "it waits")
            daemon.signal(signal.SIGTERM)
            wait_until(lambda: daemon.exit_code is not None, 1.5, f"it leaves at once\n{daemon.tail()}")
            equal(daemon.exit_code, 0)
            contains(daemon.log.read_text(), "left_at_once")
            frozen.resume()
            daemon.start()
            wait_until(lambda: "lag_records 0" in daemon.get("/readyz?verbose")[1], 30, "it works on")


def test_a_second_process_of_the_same_name_ends_the_first_with_77():
    config = made("twin")
    with Daemon(config) as first:
        is_read(first, 50)
        with Daemon(config) as second:
            ends_with(first, 77, 60, "another instance of the same name")
            sent("twin", 20)
            wait_until(lambda: committed_sum("twin") == 70, 30, "the second works on")
            equal(second.stop(), 0)


if __name__ == "__main__":
    with started() as broker:
        main(at_a_time=4)
