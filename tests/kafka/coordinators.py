"""Doors to a broker at which single requests are turned away, as if their coordinator were lost: the connection on which
one comes is cut before the broker has seen it. Of a lost answer the broker has seen the request.

    with Doors(version, 3) as doors:
        doors[0].lose("transactions")  # or group, answers, broker (killed: of all doors); doors[0].bootstrap: where clients connect
        doors[0].back()
"""
import asyncio
import contextlib
import threading

from broker import Broker, free_ports

END_TXN = 26
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


class Doors:
    """A broker of this version with so many doors."""

    def __init__(self, version, count):
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.doors = [Door(self, inner) for inner in free_ports(count)]
        listeners = {f"DOOR{i}": ("PLAINTEXT", door.inner, door.port) for i, door in enumerate(self.doors)}
        self.broker = Broker(version, properties=PROPERTIES, listeners=listeners)

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    def __enter__(self):
        self.broker.start()
        return self.doors

    def __exit__(self, *_):
        self.broker.close()
        self.loop.call_soon_threadsafe(self.loop.stop)


class Door:
    def __init__(self, doors, inner):
        self.doors, self.inner = doors, inner
        self.lost, self.answers_lost = set(), False
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
        await asyncio.wait([asyncio.ensure_future(self._requests(reader, there[1], ends)),
                            asyncio.ensure_future(self._answers(there[0], writer, ends))], return_when=asyncio.FIRST_COMPLETED)
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
                writer.write(data)
                await writer.drain()

    async def _answers(self, reader, writer, ends):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while data := await frame(reader):
                if data[4:8] in ends:
                    return
                writer.write(data)
                await writer.drain()

    def lose(self, what):
        self.answers_lost = what == "answers"
        if what == "broker":
            self.doors.broker.kill()
        else:
            self.lost = LOST.get(what, set())

    def back(self):
        self.lost, self.answers_lost = set(), False
        if not self.doors.broker.process:
            self.doors.broker.start()
