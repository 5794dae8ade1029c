"""A writing engine in a process of its own: prints the number of every change that was acknowledged.

    python child.py HOME FILE_SIZE_LIMIT

It goes on until it is killed, or until its store fails: then it prints the trouble and how many more
changes were refused. A limit of 0 bytes means none.
"""

from __future__ import annotations

import asyncio
import resource
import signal
import sys
from pathlib import Path

from engine.core.errors import StorageTrouble
from engine.core.facts import ENGINE, EngineTrouble
from engine.home import Home
from engine.store.store import Store
from engine.store.writer import Change, Writer

CLIENTS = 8
PADDING = "x" * 500


async def client(writer: Writer, number: int) -> str:
    """Write one change after the other; returns the sentence of the trouble that ends this."""
    loop = asyncio.get_running_loop()
    while True:
        answer: asyncio.Future[StorageTrouble | None] = loop.create_future()
        fact = EngineTrouble(f"{number}", PADDING)
        writer.put(Change((fact,), 1.0, ENGINE, f"{number}", None), answer.set_result)
        trouble = await answer
        if trouble is not None:
            return trouble.message
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        number += CLIENTS


async def main(home: Home, limit: int) -> None:
    store = Store.open(home, 1.0, lambda digest, _bundle: NotImplemented, slots=1)
    writer = store.start_writer(asyncio.get_running_loop())
    if limit:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    last = writer.head[0]
    troubles = await asyncio.gather(*(client(writer, last + offset) for offset in range(1, CLIENTS + 1)))
    sys.stdout.write(f"{len(troubles)} {len(set(troubles))} {troubles[0]}\n")
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(Home(Path(sys.argv[1])), int(sys.argv[2])))
