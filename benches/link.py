"""A link that takes its time."""

import asyncio
import threading


class SlowLink:
    """Forwards a port of this machine to another one; whatever is sent arrives half a round trip later."""

    def __init__(self, port, round_trip):
        self.target, self.round_trip = port, round_trip
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        threading.Thread(target=self._serve, args=(ready,), daemon=True).start()
        ready.wait()

    def _serve(self, ready):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()

    async def _accept(self, reader, writer):
        # The kernel has answered the connection already, for which a real link takes a round trip as well.
        await asyncio.sleep(self.round_trip)
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(self._forward(reader, back), self._forward(there, writer), return_exceptions=True)

    async def _forward(self, source, sink):
        """What follows each other on the way is under way together: a delay each, not one after the other."""
        while data := await source.read(65536):
            self.loop.call_later(self.round_trip / 2, sink.write, data)
        await asyncio.sleep(self.round_trip / 2)
        sink.close()
