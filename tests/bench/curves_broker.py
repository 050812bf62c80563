"""The curves that need a broker: partitions, and instances of one group."""
from figures import figure
from parts_broker import cpu_seconds
from race_jobs import PARTITIONS, Backlog, Cubed
from race_meter import Meter


class Second(Cubed):
    """Another process of the same group."""

    def __init__(self, first):
        super().__init__(first.broker, first.backlog, 0, name="second")
        text = first.config.read_text(encoding="utf-8").replace(f"127.0.0.1:{first.port}", f"127.0.0.1:{self.port}")
        self.config.write_text(text + 'instance: "2"\n', encoding="utf-8")


def on_broker(broker, axis, value, events):
    """Microseconds of CPU per event, over all instances, until every scope has its state of the end."""
    backlog = Backlog(broker, "dense", 10_000, events, min(1.0, events / 4_000_000), value if axis == "partitions" else PARTITIONS)
    backlog.prefix = f"curve-{axis}-{value}-"
    backlog.write()
    job = Cubed(broker, backlog, f"-{axis}-{value}", name="curve")
    second = Second(job) if axis == "instances" and value == 2 else None
    meter = Meter(broker, job)
    try:
        if second:
            job.prepare()
            second.start()
        cpu = meter.run(600)["cpu_s"] + (cpu_seconds(second.process.pid) if second else 0)
    finally:
        if second:
            second.stop()
        meter.close()
    figure(f"curve, {axis} {value}", cpu * 1e6 / backlog.total, "us of CPU/event, start included")
    return cpu * 1e6 / backlog.total
