"""A TCP proxy between one instance and the broker, which can be slow, deaf or cut. All proxies of a program share one
thread with an event loop; every method may be called from the main thread.

    p = Proxy(target_port)     # p.port: where the instance connects
    p.cut(); p.heal()          # connections are reset, new ones refused
    p.stall(); p.heal()        # connections stand, no byte passes: packets that are dropped
    p.delay(0.05)              # each direction, per chunk
"""
import asyncio
import contextlib
import threading

CHUNK = 65_536
_loop = None


def the_loop():
    global _loop
    if _loop is None:
        _loop = asyncio.new_event_loop()
        threading.Thread(target=_loop.run_forever, daemon=True).start()
    return _loop


def within_loop(coroutine):
    return asyncio.run_coroutine_threadsafe(coroutine, the_loop()).result(30)


class Proxy:
    def __init__(self, target):
        self.target, self.seconds, self.whole = target, 0.0, True
        self.writers, self.passed = set(), 0  # bytes in both directions
        self.flows = within_loop(self._event())
        self.server = within_loop(self._serve())
        self.port = self.server.sockets[0].getsockname()[1]

    async def _event(self):
        flows = asyncio.Event()
        flows.set()
        return flows

    async def _serve(self):
        return await asyncio.start_server(self._connected, "127.0.0.1", 0)

    async def _connected(self, reader, writer):
        if not self.whole:
            writer.transport.abort()
            return
        try:
            there = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()  # as if the broker itself had refused
            return
        pair = {writer, there[1]}
        self.writers |= pair
        await asyncio.gather(self._pump(reader, there[1]), self._pump(there[0], writer))
        self.writers -= pair

    async def _pump(self, reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                if self.seconds:
                    await asyncio.sleep(self.seconds)
                await self.flows.wait()
                writer.write(data)
                await writer.drain()
                self.passed += len(data)
        writer.close()

    def _call(self, function):
        async def now():
            function()
        within_loop(now())

    def _abort_all(self):
        for w in list(self.writers):
            w.transport.abort()

    def cut(self):
        self.whole = False
        self._call(self._abort_all)

    def stall(self):
        self._call(self.flows.clear)

    def delay(self, seconds):
        self.seconds = seconds

    def heal(self):
        self.whole, self.seconds = True, 0.0
        self._call(self.flows.set)

    def close(self):
        self.whole = False
        self._call(lambda: (self.server.close(), self.flows.set(), self._abort_all()))
