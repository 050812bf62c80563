#!/usr/bin/env python3
"""A broker with TLS, passwords and rights: what is wrong is named by every command, which ends with the contract's code; the daemon goes on trying."""
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import cache

cache.use_venv()

from authority import PASSWORD, Authority
from broker import Broker
from daemon import Daemon
from kafka.admin import ACL, ACLFilter, ACLOperation, ACLPermissionType, KafkaAdminClient, ResourcePattern, ResourceType
from ports import free_ports
from program import cubed, event, write_config
from scratch import scratch
from tap import contains, equal, holds, main, wait_until

T0 = 1_704_067_200_000
INPUTS = ("interactions", "cpi", "hr")
OUTPUTS = ("state", "changes", "alerts", "customers", "late", "dead_letters")
TOPIC, GROUP, TXN = ResourceType.TOPIC, ResourceType.GROUP, ResourceType.TRANSACTIONAL_ID
READ, WRITE, DESCRIBE = ACLOperation.READ, ACLOperation.WRITE, ACLOperation.DESCRIBE
COMMANDS = ("topics", "produce", "tap", "verify")
EVENTS = "".join(json.dumps(event("complaint", T0 + i * 60_000, customer=f"c{i}", region="north")) + "\n" for i in range(5))
work = scratch("cubed-security-")
doors = dict(zip(("GOOD", "STRANGER", "OLD"), free_ports(3)))


def started():
    """Each door shows another certificate; who comes through the plain one may do all, others what they are allowed."""
    ca = Authority(work, "ca")
    Authority(work, "other")
    stores = {"GOOD": ca.issue("good", "IP:127.0.0.1"), "STRANGER": ca.issue("stranger", "DNS:elsewhere.example"), "OLD": ca.issue("old", "IP:127.0.0.1", days=-1)}
    properties = {"authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer", "super.users": "User:ANONYMOUS"}
    users = " ".join(f'user_{name}="{PASSWORD}"' for name in ("who", "kept", "asks", "least", "shut"))  # one for each configuration: rights of one are not another's
    for door, store in stores.items():
        at = f"listener.name.{door.lower()}"
        properties |= {f"{at}.sasl.enabled.mechanisms": "PLAIN", f"{at}.ssl.keystore.location": store, f"{at}.ssl.keystore.password": PASSWORD,
                       f"{at}.ssl.keystore.type": "PKCS12",
                       f"{at}.plain.sasl.jaas.config": f'org.apache.kafka.common.security.plain.PlainLoginModule required {users};'}
    return Broker(properties=properties, listeners={d: ("SASL_SSL", port, port) for d, port in doors.items()})


def through(door, user, **more):
    return {"bootstrap.servers": f"127.0.0.1:{doors[door]}", "security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "sasl.username": user,
            "sasl.password": PASSWORD, "ssl.ca.location": str(work / "ca.pem"), **more}


def config_of(name, kafka):
    return {"version": 1, "name": name, "pack": "none", "kafka": kafka, "topics": {t: f"{name}.{t}" for t in INPUTS + OUTPUTS},
            "time": {"idle_after": "never", "out_of_order": "0s"}, "scopes": ["region"],
            "measures": [{"name": "complaints", "aggregation": "count", "from": {"kind": "complaint"}, "window": "30d"}]}


def written(label, name, kafka):
    return write_config(work / f"{label}.yaml", config_of(name, kafka))


def made(name):
    """Its topics, with a few records, by one who may."""
    path = written(f"{name}-owner", name, {"bootstrap.servers": broker.bootstrap})
    cubed("topics", "-c", path, "--create", "--partitions", 1)
    wait_until(lambda: cubed("produce", "-c", path, stdin=EVENTS, code=None).returncode == 0, 20, f"{name} takes events", step=0.5)


def allow(user, kind, name, *operations, permission=ACLPermissionType.ALLOW):
    """It is told by the controller, and holds from when the broker has heard of it."""
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    mine = ACLFilter(f"User:{user}", None, ACLOperation.ANY, permission, ResourcePattern(kind, name))
    admin.create_acls([ACL(f"User:{user}", "*", o, permission, ResourcePattern(kind, name)) for o in operations])
    wait_until(lambda: set(operations) <= {a.operation for a in admin.describe_acls(mine)[0]}, 20, f"{user} may {operations} on {name}", step=0.05)
    admin.close()


def internal(name):
    return [f"{name}-partials", *(f"{name}-changelog-{s}" for s in ("customers", "employees", "scopes"))]


def refused(path, says, commands=COMMANDS):
    """Every one-shot command ends with 69 after its time, says why, and keeps the secret."""
    for command in commands:
        begun = time.monotonic()
        done = cubed(command, "-c", path, "--timeout", "1s", stdin=EVENTS, code=69)
        told = done.stderr.decode()
        contains(told, f"cubed {command}: ")
        contains(told, says)
        holds(PASSWORD not in told + done.stdout.decode(), "no secret is told")
        holds(time.monotonic() - begun < 15, f"{command} gives up in time")


def daemon_says(config, *says):
    """It says what is wrong, stays, is not ready, and keeps the secret."""
    with Daemon(config).start(ready_within=None) as daemon:
        for text in says:
            wait_until(lambda: text in daemon.log.read_text(), 20, f"it says {text}\n{daemon.tail()}")
        equal((daemon.exit_code, daemon.get("/readyz")[0]), (None, 503))
        holds(PASSWORD not in daemon.log.read_text(), "no secret is told")
        equal(daemon.stop(), 0)


# ---------------------------------------------------------------- who is who

def wrong(label, says, door="GOOD", commands=("topics", "verify"), **more):
    path = written(label, "who", through(door, "who", **more))
    contains(cubed("check", "-c", path).stdout.decode(), ": good")
    refused(path, says, commands)
    daemon_says(config_of("who", through(door, "who", **more)), says)


def test_a_wrong_password():
    wrong("password", "Authentication failed: Invalid username or password", commands=COMMANDS, **{"sasl.password": PASSWORD[:-1]})


def test_an_authority_nobody_named():
    wrong("authority", "ssl.ca.location has no authority that vouches for it", **{"ssl.ca.location": str(work / "other.pem")})


def test_a_certificate_of_another_host():
    wrong("host", "(subject=/CN=stranger, issuer=/CN=ca) verification callback failed: it is of another address than bootstrap.servers", "STRANGER")


def test_a_certificate_that_has_expired():
    wrong("expired", "it has expired", "OLD")


def test_no_tls_where_it_is_needed():
    refused(written("plain", "who", {"bootstrap.servers": f"127.0.0.1:{doors['GOOD']}"}), "might be caused by incorrect security.protocol")


def test_an_authority_that_is_no_file_is_the_configurations_fault():
    config = config_of("who", through("GOOD", "who", **{"ssl.ca.location": str(work / "nowhere.pem")}))
    path = write_config(work / "nowhere.yaml", config)
    for command in COMMANDS:
        contains(cubed(command, "-c", path, stdin=EVENTS, code=78).stderr.decode(), "ssl.ca.location")
    contains(cubed("run", "-c", path, code=78).stderr.decode(), "ssl.ca.location failed")


def test_a_password_that_stands_in_a_file():
    """In $CREDENTIALS_DIRECTORY, as systemd puts it there, or anywhere; neither check nor the log nor the page tells it."""
    place = work / "credentials"
    place.mkdir()
    (place / "kafka-password").write_text(PASSWORD + "\n", encoding="ascii")
    made("kept")
    env = {"CREDENTIALS_DIRECTORY": str(place)}
    config = config_of("kept", through("GOOD", "kept", **{"sasl.password": {"credential": "kafka-password"}}))
    path, beside = write_config(work / "kept.yaml", config), written("kept-file", "kept", through("GOOD", "kept", **{"sasl.password": {"file": f"{place}/kafka-password"}}))
    for topic in [f"kept.{t}" for t in INPUTS + OUTPUTS] + internal("kept"):
        allow("kept", TOPIC, topic, READ, WRITE, DESCRIBE, ACLOperation.DESCRIBE_CONFIGS)
    cubed("topics", "-c", path, env=env)
    cubed("topics", "-c", beside)
    told = cubed("check", "-c", path, "--effective")
    contains(told.stdout.decode(), '"sasl.password": {credential: "kafka-password"}')
    contains(cubed("topics", "-c", path, code=78).stderr.decode(), "sasl.password: the credential kafka-password is not there: $CREDENTIALS_DIRECTORY is not set")
    contains(cubed("run", "-c", path, code=78, env={"CREDENTIALS_DIRECTORY": str(work)}).stderr.decode(), "kafka-password is not in $CREDENTIALS_DIRECTORY")
    allow("kept", GROUP, "kept", READ)
    allow("kept", TXN, "kept-1", WRITE)
    with Daemon(config, env=env) as daemon:
        pages = "".join(daemon.get(at)[1] for at in ("/", "/metrics", "/readyz?verbose", "/api/v1/about"))
        equal(daemon.stop(), 0)
        holds(PASSWORD not in told.stdout.decode() + pages + daemon.log.read_text(), "no secret is told")


# ---------------------------------------------------------------- who may what

def test_commands_name_the_right_that_is_missing():
    made("asks")
    path = written("asks", "asks", through("GOOD", "asks"))
    refused(path, "Topic authorization failed: Describe on it is needed")
    for topic in [f"asks.{t}" for t in INPUTS + OUTPUTS] + internal("asks"):
        allow("asks", TOPIC, topic, DESCRIBE)
    refused(path, "asks.state: its settings cannot be read: Broker: Topic authorization failed: DescribeConfigs on it is needed", ("topics",))
    refused(path, "not delivered: ", ("produce",))
    refused(path, "Write is needed on the topics, or IdempotentWrite on the cluster", ("produce",))
    contains(cubed("tap", "-c", path, "interactions", "--from", "earliest", code=69).stderr.decode(), "topic asks.interactions: ")
    refused(path, "group asks: ", ("verify",))
    states = {t["topic"]: t["state"] for t in json.loads(cubed("topics", "-c", path, "--json", code=69).stdout)}
    equal((states["asks.interactions"], states["asks.state"]), ("good", "unknown"))
    allow("asks", TOPIC, "asks.cpi", WRITE)
    refused(path, "topic asks.interactions: Broker: Topic authorization failed: Write on it is needed", ("produce",))
    allow("asks", TOPIC, "asks.interactions", READ, WRITE)
    cubed("produce", "-c", path, stdin=EVENTS)
    got = cubed("tap", "-c", path, "interactions", "--from", "earliest", "--count", 1)
    equal((got.stdout.count(b"\n"), got.stderr), (1, b""), "no right on the group is needed")


def test_run_with_the_rights_of_the_table_and_no_more():
    made("least")
    config = config_of("least", through("GOOD", "least"))
    daemon = Daemon(config).start(ready_within=None)

    def says(text):
        wait_until(lambda: text in daemon.log.read_text(), 40, f"it says {text}")

    try:
        says("topic least.interactions: Broker: Topic authorization failed: Describe on it is needed")
        says("Read is needed on the group least")
        for t in INPUTS:
            allow("least", TOPIC, f"least.{t}", READ)
        for t in internal("least"):
            allow("least", TOPIC, t, DESCRIBE, WRITE)
        allow("least", GROUP, "least", READ)
        says("Write is needed on the transactional id least-1")
        allow("least", TXN, "least-1", WRITE)
        says("fetch_failed text=\"least-partials[0]")
        for t in internal("least"):
            allow("least", TOPIC, t, READ)
        says("least.state: Broker: Topic authorization failed")
        wait_until(lambda: "a commit is refused again and again" in daemon.get("/readyz?verbose")[1], 4, "not ready, long before the commit stands still")
        holds("is not there" not in daemon.log.read_text(), "what may not be looked at is not missing")
        for t in OUTPUTS:
            allow("least", TOPIC, f"least.{t}", WRITE)
        wait_until(lambda: daemon.metrics().get('cubed_transactions_total{outcome="done"}', 0) > 0, 40, f"it commits\n{daemon.tail()}")
        daemon.wait_ready()
        equal(daemon.stop(), 0)
        daemon.log.unlink()
        daemon.start()
        equal(daemon.stop(), 0)
        told = [line for line in daemon.log.read_text().splitlines() if " warning " in line and "librdkafka_version" not in line]
        equal(told, [], "a start with the least rights is no trouble")
        contains(daemon.log.read_text(), "info kafka topics_not_judged")
    finally:
        daemon.kill()


def test_a_changelog_that_may_not_be_read_is_named_and_does_not_hold_up_the_end():
    made("shut")
    for t in INPUTS:
        allow("shut", TOPIC, f"shut.{t}", READ)
    for t in [f"shut.{t}" for t in OUTPUTS] + internal("shut"):
        allow("shut", TOPIC, t, WRITE)
    allow("shut", TOPIC, "shut-partials", READ)
    for t in internal("shut")[1:]:
        allow("shut", TOPIC, t, READ)
    allow("shut", GROUP, "shut", READ)
    allow("shut", TXN, "shut-1", WRITE)
    with Daemon(config_of("shut", through("GOOD", "shut"))) as daemon:
        wait_until(lambda: daemon.outcomes().get("applied"), 30, "it reads")
        equal(daemon.stop(), 0)
    allow("shut", TOPIC, "shut-changelog-customers", READ, permission=ACLPermissionType.DENY)
    with Daemon(config_of("shut", through("GOOD", "shut"))).start(ready_within=None) as daemon:
        wait_until(lambda: daemon.log.read_text().count("changelog_failed") > 1, 40, f"it says so, and again\n{daemon.tail()}")
        contains(daemon.log.read_text(), "shut-changelog-customers[0]: ")
        begun = time.monotonic()
        equal(daemon.stop(), 0)
        holds(time.monotonic() - begun < 15, "it leaves soon")


if __name__ == "__main__":
    with started() as broker:
        main(at_a_time=4)
