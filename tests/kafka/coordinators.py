"""Doors to a broker at which single requests are turned away, as if their coordinator were lost: the connection on which
one comes is cut before the broker has seen it. Of a lost answer the broker has seen the request. The broker asks itself through
one as well: what stands behind it there are markers of transactions, which coordinators send to the partitions.

    with Doors(version, 3) as doors:
        doors[0].lose("transactions")  # or group, answers, broker (killed: of all doors); doors[0].bootstrap: where clients connect
        doors[0].lose("markers TOPIC ELSEWHERE")  # they do not reach that topic but another one with a name as long, for none of the doors
        doors[0].lose("end")           # a copy of the next EndTxn is kept, and arrives when something else is lost, or nothing
        doors[0].lose("")              # nothing any more: it is back
"""
import asyncio
import contextlib
import threading

from broker import Broker
from ports import free_ports

UNKNOWN_PARTITION = (3).to_bytes(2, "big")
PAUSE = 0.05  # a coordinator tries markers again without one
END_TXN, WRITE_TXN_MARKERS = 26, 27
LOST = {
    "transactions": {22, 24, 25, END_TXN},            # InitProducerId, AddPartitionsToTxn, AddOffsetsToTxn, EndTxn
    "group": {8, 9, 11, 12, 13, 14, 28},              # OffsetCommit and -Fetch, Join, Heartbeat, Leave, Sync, TxnOffsetCommit
}
# A transaction that is open while the broker is started again does not run out for it, however long that takes.
PROPERTIES = {"transaction.abort.timed.out.transaction.cleanup.interval.ms": 3_600_000}


async def frame(reader):
    """One request or answer: its length in four bytes, then as many."""
    head = await reader.readexactly(4)
    return head + await reader.readexactly(int.from_bytes(head, "big"))


def named(topic):
    """As it stands in requests and answers: behind its length and one."""
    return bytes([len(topic) + 1]) + topic


def marked_elsewhere(data, held):
    """Markers go to the other topic. To none at all, beside those of other transactions, and 3.9 may not answer."""
    for topic, elsewhere in held:
        data = data.replace(named(topic), named(elsewhere))
    return data


def not_marked(data, held):
    """The coordinator is to try again: the only partition of the topic is not known."""
    for topic, elsewhere in held:
        before, found, behind = data.partition(named(elsewhere))
        if found:  # how many partitions and one, the partition's number, its error
            data = before + named(topic) + behind[:5] + UNKNOWN_PARTITION + behind[7:]
    return data


class Doors:
    """A broker of this version with so many doors."""

    def __init__(self, version, count):
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.ever_held = []  # topics that markers do or did not reach, and where they went
        *self.doors, self.between = (Door(self) for _ in range(count + 1))
        for door, inner in zip((*self.doors, self.between), free_ports(count + 1)):  # when all doors have ports of their own
            door.inner = inner
        listeners = {f"DOOR{i}": ("PLAINTEXT", door.inner, door.port) for i, door in enumerate(self.doors)}
        listeners["BETWEEN"] = ("PLAINTEXT", self.between.inner, self.between.port)
        self.broker = Broker(version, properties={**PROPERTIES, "inter.broker.listener.name": "BETWEEN"}, listeners=listeners)

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    def __enter__(self):
        self.broker.start()
        return self.doors

    def __exit__(self, *_):
        self.broker.close()
        self.loop.call_soon_threadsafe(self.loop.stop)


class Door:
    def __init__(self, doors):
        self.doors, self.inner = doors, None
        self.lost, self.answers_lost = set(), False
        self.held, self.end, self.end_wanted = (), None, False
        self.server = doors.call(asyncio.start_server(self._connected, "127.0.0.1", 0))
        self.port = self.server.sockets[0].getsockname()[1]
        self.bootstrap = f"127.0.0.1:{self.port}"

    async def _connected(self, reader, writer):
        ends = []  # EndTxn requests of this connection whose answers have not come, when answers are lost
        try:
            there = await asyncio.open_connection("127.0.0.1", self.inner)
        except OSError:
            writer.transport.abort()
            return
        ways = [asyncio.ensure_future(self._requests(reader, there[1], ends)), asyncio.ensure_future(self._answers(there[0], writer, ends))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        writer.transport.abort()
        there[1].transport.abort()

    async def _requests(self, reader, writer, ends):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while data := await frame(reader):
                key = int.from_bytes(data[4:6], "big")
                if key in self.lost:
                    return
                if key == END_TXN and self.answers_lost:
                    ends.append(data[8:12])  # its number, which the answer has as well
                if key == END_TXN and self.end_wanted:
                    self.end, self.end_wanted = data, False
                held = [door.held for door in self.doors.doors if door.held] if key == WRITE_TXN_MARKERS else []
                if held:
                    data = marked_elsewhere(data, held)
                    await asyncio.sleep(PAUSE)
                writer.write(data)
                await writer.drain()

    async def _answers(self, reader, writer, ends):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while data := await frame(reader):
                if data[4:8] in ends:
                    return
                writer.write(not_marked(data, self.doors.ever_held) if self is self.doors.between else data)
                await writer.drain()

    async def _end_arrives(self):
        """As from a connection that was slow."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.inner)
        writer.write(self.end)
        self.end = None
        await frame(reader)
        writer.close()

    def lose(self, what):
        what, *topics = what.split(" ")
        self.held = tuple(topic.encode() for topic in topics)
        self.doors.ever_held += [self.held] if topics else []
        if self.end:
            self.doors.call(self._end_arrives())
        self.end_wanted = what == "end"
        self.answers_lost = what == "answers"
        self.lost = LOST.get(what, set())
        if what == "broker":
            self.doors.broker.kill()
        elif not self.doors.broker.process:
            self.doors.broker.start()
