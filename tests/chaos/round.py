"""One round: a broker and a library, a story, faults drawn from a seed, and the judgement."""
import random
import time

import endings
import faults
import judge
from story import Feed, records_made
from tap import Failed
from world import World, peak_megabytes

ACT_SECONDS = 3.0
RECORDS_PER_ACT = 3_000
REDO = (0, 3_000, 20_000)  # at its default all of a round would be done again, and no record of a customer read back
RECORDS_LEAST = 105_000  # the story's first changes come after 60,000 records and are undone by 100,000


class Round:
    def __init__(self, version, library, kills, seed, others=(), say=lambda *_, **__: None):
        """others: names of faults.OTHERS and of places to be killed at, each done once; none: drawn."""
        self.version, self.library, self.kills_wanted, self.seed, self.others, self.say = version, library, kills, seed, others, say
        self.rng = random.Random(f"{seed}")
        self.acts = faults.drawn(self.rng, kills, others)
        self.ending = endings.drawn(random.Random(f"{seed} ending"))
        self.redo = random.Random(f"{seed} redo").choice(REDO)
        self.kills = 0

    @property
    def name(self):
        return f"Kafka {self.version}, librdkafka {self.library}, seed {self.seed}"

    @property
    def command(self):
        """What repeats it: the same faults in the same order, if not at the same microsecond."""
        return (f"./dev chaos --seed {self.seed} --kills {self.kills_wanted} --broker {self.version} --librdkafka {self.library}"
                + (f" --faults {','.join(self.others)}" if self.others else ""))

    def play(self):
        """Returns a line for people; Failed says how to repeat it."""
        begun = time.monotonic()
        world = World(self.version, self.library, self.redo)
        try:
            told = self._played(world)
        except BaseException as error:
            place = world.keep_logs(f"seed-{self.seed}")
            tails = "\n".join(f"instance {n}:\n{d.tail(15)}" for n, d in world.instances.items() if d.log.exists())
            if isinstance(error, KeyboardInterrupt):
                raise
            raise Failed(f"{self.name}: {error}\n{tails}\nlogs: {place}\nagain: {self.command}") from error
        finally:
            world.close()
        return f"{self.name}: {self.kills} kills in {len(self.acts)} acts survived, redo {self.redo}, {told}, {time.monotonic() - begun:.0f} s"

    def _played(self, world):
        records, last_ts = records_made(max(RECORDS_LEAST, RECORDS_PER_ACT * len(self.acts)), self.rng)
        feed = Feed(world.bootstrap, records, len(self.acts), ACT_SECONDS)
        feed.first()
        for d in world.pair():
            d.start(ready_within=60)
        feed.start()
        for act in self.acts:
            feed.next_act()
            self.kills += self._act(world, act)
        world.calm()
        feed.finish()
        if feed.error or feed.is_alive():
            raise Failed(f"the feed: {feed.error}, {feed.sent} of {len(records)} sent")
        told = judge.judge(world, records, last_ts, random.Random(f"{self.seed} coda"))  # of any story the same
        self._end(world, records)
        return f"{told}, {self.ending[0]} {self.ending[1]} refused, {peak_megabytes()} MB"

    def _end(self, world, records):
        begun, (name, topic) = time.monotonic(), self.ending
        endings.ENDINGS[name](world, topic, records)
        self.say(f"  {name} {topic}: {time.monotonic() - begun:.1f} s", flush=True)

    def _act(self, world, act):
        begun = time.monotonic()
        try:
            return act(world, self.rng)
        finally:
            self.say(f"  {act.__name__}: {time.monotonic() - begun:.1f} s", flush=True)
