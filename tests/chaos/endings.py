"""The last act of a round, when all has been judged: its group meets what it must refuse. Import it after cache.use_venv()."""
import refused
from judge import INPUTS, settle
from program import cubed
from story import PARTITIONS, send_all

EXTRA = 200  # records of the story once more: to whoever has read it they are duplicates, and records of a partition all the same


def some_of(records, topic, start=0):
    return [r for r in records if r[0] == topic][start:start + EXTRA]


def partitions_added(world, topic, records):
    """Under two instances that run."""
    for d in world.pair():
        d.start(ready_within=90)
    refused.partitions_added(world.bootstrap, topic, PARTITIONS, world.pair())


def records_deleted(world, topic, records):
    """While nobody runs, some that were never read among them."""
    send_all(world.bootstrap, some_of(records, topic))
    refused.records_deleted(world.bootstrap, topic, PARTITIONS, world.pair()[0])


def topic_deleted(world, topic, records):
    """Under an instance that has every partition."""
    daemon = world.pair()[0].start(ready_within=90)
    settle(world.bootstrap)

    def made_anew():
        cubed("topics", "-c", world.config, "--create", "--partitions", PARTITIONS, code=69)  # dead letters may be smaller here than it wants
        send_all(world.bootstrap, some_of(records, topic))
    refused.topic_deleted(world.bootstrap, topic, daemon, made_anew)


ENDINGS = {f.__name__: f for f in (partitions_added, records_deleted, topic_deleted)}


def drawn(rng):
    """(name, topic)."""
    name = rng.choice(list(ENDINGS))
    return name, rng.choice(INPUTS)
