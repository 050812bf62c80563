"""./dev bench --peer: cubed beside the Kafka Streams peer on one broker, taking turns. README.md says what each figure is."""
import os
import re
import statistics
import time

from broker import Broker
from figures import figure, figures, output_of, pinned, program
from parts_broker import cpu_seconds
from race_check import differences
from race_jobs import TOPICS, Backlog, Cubed, Peer, build_peer

PACK = "version: 1\nformat: msgpack\ntime: {out_of_order: 119999ms, lateness: 42d, idle_after: never}\npublish: {customers: none}\n"
SPARSE = {"cube": "tick: 1h", "time": "align: 1d"}
DSL_SHARE = 0.075  # of the events: the DSL is slow
BUDGET_S = 720     # no round is begun that would end later


class Race:
    def __init__(self, broker, events, rounds, seconds, limit_s=300):
        self.broker, self.events, self.rounds, self.seconds, self.limit_s = broker, events, rounds, seconds, limit_s
        self.runs, self.number, self.bare = {}, 0, []  # runs: {name: [figures of a run, ...]}

    def write(self):
        self.dense, self.million = (Backlog(self.broker, "dense", n, self.events, self.share()).write() for n in (10_000, 1_000_000))
        self.sparse = Backlog(self.broker, "sparse", 10_000, self.events).write()
        self.few = Backlog(self.broker, "dense", 10_000, int(self.events * DSL_SHARE), self.share() * DSL_SHARE).write()

    def share(self):
        """Fewer events than 4 million are as dense as they."""
        return min(1.0, self.events / 4_000_000)

    def run(self, make, *arguments, cores=None, **options):
        """One run of a job; returns its states at the end."""
        from race_meter import Meter
        self.number += 1
        job = make(self.broker, *arguments[:1], self.number, *arguments[1:], **options)
        meter = Meter(self.broker, job)
        found = meter.run(self.limit_s, cores)
        states = meter.states()
        meter.drop()
        meter.close()
        self.runs.setdefault(job.name, []).append(found)
        print(f"{job.name}: " + ", ".join(f"{k} {v:.6g}" for k, v in found.items()), flush=True)
        return states

    def bare_round(self):
        text = output_of(*pinned(program("consume_bench"), self.broker.bootstrap, *(self.dense.prefix + t for t in TOPICS)))
        self.bare.append(float(re.search(r"cpu=([0-9.]+)", text)[1]))

    def compare(self, what, cubed, peer):
        found, let_out = differences(cubed, peer)
        print(f"{what}: {len(cubed)} scopes, {len(found)} counts and sums that differ, "
              f"{let_out} windows with answers of employees as last let out" + "".join(f"\n  {d}" for d in found[:20]), flush=True)
        figure(f"race, {what}, differences", len(found), "figures", 0)
        if found:
            raise SystemExit("the job done is not the same")

    def round(self, first):
        self.bare_round()
        self.run(Cubed, self.dense, name="cubed pinned", cores={0})
        self.run(Cubed, self.dense, name="cubed pack pinned", text=PACK, cores={0})
        pairs = (("dense 10 k", self.dense, None), ("dense 1 M", self.million, None), ("sparse 10 k, tick 1h", self.sparse, SPARSE))
        for what, backlog, more in pairs:
            mine = self.run(Cubed, backlog, name=f"cubed {what}", more=more)
            other = self.run(Peer, backlog, "papi-mem", name=f"papi-mem {what}")
            if first:
                self.compare(what, mine, other)
        self.run(Peer, self.million, "papi-rocks", name="papi-rocks dense 1 M")
        if first:
            self.run(Peer, self.million, "papi-mem", name="papi-mem dense 1 M, small heap", heap="512m")
            self.run(Peer, self.million, "papi-mem", name="papi-mem dense 1 M, lz4", settings="producer.compression.type=lz4")
        self.run(Peer, self.few, "dsl", name="dsl dense 10 k")

    def race(self):
        begun = time.monotonic()
        self.write()
        for i in range(self.rounds):
            round_begun = time.monotonic()
            print(f"-- round {i + 1} of {self.rounds}", flush=True)
            self.round(i == 0)
            now = time.monotonic()
            if now - begun + now - round_begun > BUDGET_S:
                print(f"-- no further round: {now - begun:.0f} s so far", flush=True)
                break
        self.run(Cubed, self.sparse, name="cubed sparse 10 k, tick 10s", more={"time": "align: 1d"})
        self.report()
        self.latencies()
        self.idle()

    # ---- figures

    def tell(self, name, values, unit, goal=None):
        figure(name, statistics.median(values), unit, goal, low=min(values), high=max(values))

    def ratio(self, name, above, below, key, goal, other_key=None):
        """Of runs of the same round."""
        pairs = zip(self.runs[above], self.runs[below])
        self.tell(f"race, {name}", [a[key] / b[other_key or key] for a, b in pairs], "x", goal)

    def report(self):
        for name, runs in self.runs.items():
            for key, unit in (("steady", "events/CPU-s"), ("whole", "events/CPU-s"), ("wall_rate", "events/s"), ("steady_wall_rate", "events/s"),
                              ("rss_mb", "MB"), ("changelog", "B/event"), ("between", "B/event")):
                self.tell(f"{name}: {key.replace('_', ' ')}", [r[key] for r in runs], unit)
        for name, goal in (("cubed pinned", 1.7), ("cubed pack pinned", 2.0)):
            cpu = [r["cpu_s"] / b for r, b in zip(self.runs[name], self.bare)]
            self.tell(f"race, {name} / bare consumer, CPU", cpu, "x", goal)
        for what in ("dense 10 k", "sparse 10 k, tick 1h"):
            self.ratio(f"{what}: cubed / papi-mem, steady", f"cubed {what}", f"papi-mem {what}", "steady", 3.5)
        self.ratio("dense 1 M: cubed / papi-mem, steady", "cubed dense 1 M", "papi-mem dense 1 M", "steady", 5)
        self.ratio("dense 1 M: cubed / papi-rocks, steady", "cubed dense 1 M", "papi-rocks dense 1 M", "steady", 8)
        self.ratio("dense 10 k: cubed / dsl, steady", "cubed dense 10 k", "dsl dense 10 k", "steady", 50)
        self.ratio("dense 10 k: cubed / papi-mem, start included", "cubed dense 10 k", "papi-mem dense 10 k", "whole", 6)
        small = statistics.median(r["steady"] for r in self.runs["papi-mem dense 1 M, small heap"])
        slowed = small < 0.9 * statistics.median(r["steady"] for r in self.runs["papi-mem dense 1 M"])
        self.ratio(f"dense 1 M: papi-mem ({'1 GiB' if slowed else '512 MiB'} heap) / cubed, peak RSS",
                   "papi-mem dense 1 M" if slowed else "papi-mem dense 1 M, small heap", "cubed dense 1 M", "rss_mb", 2)
        self.ratio("dense 1 M: cubed / papi-mem, changelog bytes", "cubed dense 1 M", "papi-mem dense 1 M", "changelog", 0.7)
        self.ratio("dense 1 M: cubed / papi-mem with lz4, changelog bytes", "cubed dense 1 M", "papi-mem dense 1 M, lz4", "changelog", None)

    def latencies(self):
        from race_latency import RATES, LiveInput, latency
        out = {}
        live = {"time": "idle_after: 10ms", "cube": "tick: 100ms", "commit": "min_interval: 0ms"}
        text = Cubed.text().replace("out_of_order: 119999ms", "out_of_order: 0s").replace("idle_after: never", "task_stall: 1m")
        for name, make in (("cubed", lambda b, n: Cubed(self.broker, b, n, name="cubed live", text=text, more=live)),
                           ("papi-mem", lambda b, n: Peer(self.broker, b, n, "papi-mem"))):
            self.number += 1
            out[name] = latency(self.broker, make(LiveInput(self.broker, self.number), self.number), self.seconds)
            for rate in RATES:
                for i, quantile in enumerate(("p50", "p99")):
                    goal = (60, 120)[i] if name == "cubed" and rate == 100 else None
                    figure(f"latency, {name}, {rate} events/s, {quantile}", out[name][rate][i], "ms", goal)
        for rate in RATES:
            figure(f"race, latency p50 at {rate} events/s: cubed / papi-mem", out["cubed"][rate][0] / out["papi-mem"][rate][0], "x", 0.4)

    def idle(self):
        """One event per partition of twelve, then nothing: the clock moves the watermark, ticks are judged."""
        from race_idle import idle_share
        figure("idle, 12 partitions", idle_share(self.broker, self.seconds) * 100, "% of a core", 0.5)


def main(quick):
    build_peer()
    events, rounds, seconds = (60_000, 1, 5) if quick else (4_000_000, 3, 10)
    begun = time.monotonic()
    with Broker(steady=True, memory="1g", properties={"log.cleaner.enable": "false"}) as broker:
        broker_pid = broker.pid
        Race(broker, events, rounds, seconds).race()
        print(f"race: {time.monotonic() - begun:.0f} s, of the broker {cpu_seconds(broker_pid):.0f} CPU s, {os.cpu_count()} cores", flush=True)
    return figures
