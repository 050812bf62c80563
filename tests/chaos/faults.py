"""What is done to the instances and the broker while they work: a table, and how a run draws from it. Each act leaves two
instances running and takes a few seconds; none waits until all is well again."""
from tap import equal, holds, wait_until
from world import nap

CRASH_POINTS = ["before_begin", "after_begin", "before_produce", "after_produce", "before_offsets", "after_offsets", "before_commit",
                "after_commit", "changelog_flush", "restore_begin", "restore_middle"]
SESSION = 10  # seconds, of a member and of a transaction


def victim(world, rng):
    d = rng.choice(world.pair())
    d.runs()
    return d


def again(d):
    d.start(ready_within=None)


def killed(d):
    d.runs()
    d.kill()
    again(d)


def kill_at_random(world, rng):
    nap(rng, 0.3, 3.0)
    killed(victim(world, rng))
    return 1


def kill_in_restore(world, rng):
    """Twice, the second time soon after the start."""
    d = victim(world, rng)
    killed(d)
    nap(rng, 0.02, 0.6)
    killed(d)
    return 2


def kill_both(world, rng):
    nap(rng, 0.3, 1.0)
    for d in world.pair():
        d.runs()
        d.kill()
    for d in world.pair():
        again(d)
    return 2


def has_committed(d):
    """Since it was started. Kills in a row may have left nothing but aborted records, and then a start has nothing to restore."""
    d.runs()
    return d.metrics().get("cubed_commit_seconds_count", 0) > 0


def kill_at(point):
    restores = point.startswith("restore")

    def act(world, rng):
        """An instance is started so that it dies at this place, and then for good."""
        d = victim(world, rng)
        if restores:
            wait_until(lambda: has_committed(d), 60, f"instance {d.instance} commits, so that there is something to restore")
        d.kill()
        passage = 1 if restores else rng.randint(1, 4)
        d.start(ready_within=None, env={"CUBED_CRASH": f"{point}:{passage}"})
        wait_until(lambda: d.exit_code is not None, 60, f"instance {d.instance} dies at {point}:{passage}")
        equal(d.exit_code, -9, f"exit of instance {d.instance} at {point}\n{d.tail(15)}\n")
        again(d)
        return 2
    act.__name__ = f"kill_at_{point}"
    return act


def terminate(world, rng):
    nap(rng, 0.3, 2.0)
    d = victim(world, rng)
    d.end()
    again(d)
    return 0


def join_and_leave(world, rng):
    """A third instance, which may leave before it is ready, by SIGTERM or killed."""
    third = world.instances["3"]
    again(third)
    nap(rng, 0.5, 6.0)
    third.runs()
    if rng.random() < 0.5:
        third.end()
        return 0
    third.kill()
    return 1


def frozen(process, rng, least, most):
    process.pause()
    nap(rng, least, most)
    process.resume()
    return 0


def freeze(world, rng):
    """Beyond session and transaction: somebody else takes the partitions, and the frozen one finds out when it wakes."""
    return frozen(victim(world, rng), rng, SESSION + 1, SESSION + 4)


def freeze_shortly(world, rng):
    return frozen(victim(world, rng), rng, 0.5, 4.0)


def freeze_in_rebalance(world, rng):
    """While partitions move to a third instance one of the three falls asleep, between any two of its steps, until they have moved without it."""
    third = world.instances["3"]
    again(third)
    nap(rng, 0.0, 4.0)
    frozen(rng.choice([*world.pair(), third]), rng, SESSION + 1, SESSION + 4)
    nap(rng, 0.5, 4.0)
    third.runs()
    third.kill()
    return 1


def freeze_broker(world, rng):
    """Beyond session and transaction: when it wakes every member is late, and every transaction too old."""
    return frozen(world.broker, rng, SESSION + 1, SESSION + 4)


def freeze_broker_shortly(world, rng):
    return frozen(world.broker, rng, 1.0, 5.0)


def without_broker(world, rng, end):
    nap(rng, 0.3, 1.5)
    end()
    nap(rng, 0.0, 2.0)
    world.broker.start()
    return 0


def stop_broker(world, rng):
    return without_broker(world, rng, world.broker.stop)


def kill_broker(world, rng):
    return without_broker(world, rng, world.broker.kill)


def start_without_broker(world, rng):
    """Both instances are killed, and start while nobody answers."""
    for d in world.pair():
        d.kill()
    world.broker.stop()
    for d in world.pair():
        again(d)
    nap(rng, 1.0, 3.0)
    for d in world.pair():
        d.runs()
        holds(d.get("/readyz")[0] != 200, "an instance without a broker is not ready")
    world.broker.start()
    return 2


def cut(world, rng):
    """The connections of one instance, or of both, are reset and refused for a while; sometimes beyond its session."""
    proxies = [d.proxy for d in (world.pair() if rng.random() < 0.3 else [victim(world, rng)])]
    for p in proxies:
        p.cut()
    nap(rng, *((SESSION + 1, SESSION + 3) if rng.random() < 0.3 else (0.1, 4.0)))
    for p in proxies:
        p.heal()
    return 0


def stall(world, rng):
    """No byte passes, and nothing says so."""
    p = victim(world, rng).proxy
    p.stall()
    nap(rng, 0.5, 5.0)
    p.heal()
    return 0


def kill_behind_cut(world, rng):
    """What an instance has sent before it dies may still be on its way."""
    d = victim(world, rng)
    d.proxy.stall()
    nap(rng, 0.1, 1.0)
    d.kill()
    d.proxy.heal()
    again(d)
    return 1


def delay(world, rng):
    """The network of one instance stays slow for the acts to come, until it is drawn again."""
    p = victim(world, rng).proxy
    p.delay(rng.choice((0.0, 0.002, 0.02, 0.1)))
    nap(rng, 0.5, 2.0)
    return 0


def compaction(world, rng):
    world.compact()
    nap(rng, 0.2, 1.0)
    return 0


OTHERS = {f.__name__: f for f in (terminate, join_and_leave, freeze, freeze_shortly, freeze_in_rebalance, stop_broker, kill_broker, freeze_broker,
                                  freeze_broker_shortly, start_without_broker, cut, stall, delay, compaction)}
KILLS = [kill_at_random, kill_at_random, kill_at_random, kill_in_restore, kill_both, kill_behind_cut]


def drawn(rng, kills, others=()):
    """Acts with at least so many kills and these other faults; none named: one drawn for four kills. Of the places to be killed at
    those that are among the others are all done; none is: every second kill is at one that is drawn, while there are some left."""
    asked = [p for p in others if p in CRASH_POINTS]
    points = [kill_at(p) for p in asked or CRASH_POINTS]
    rng.shuffle(points)
    acts, expected = [], 0
    while expected < kills or (asked and points):
        named = points and (asked or len(acts) % 2 == 0)
        act = points.pop() if named else rng.choice(KILLS)
        acts.append(act)
        expected += 2 if named or act in (kill_in_restore, kill_both) else 1
    acts += [OTHERS[name] for name in others if name in OTHERS] or [OTHERS[name] for name in rng.choices(list(OTHERS), k=max(1, kills // 4))]
    rng.shuffle(acts)
    return acts
