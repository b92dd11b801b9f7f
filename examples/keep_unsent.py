"""Recording without waiting for it: a queue that says what it refuses and keeps what it could not send in a file.

`python examples/keep_unsent.py` while the server is down, start it, then `waymark import jsonl unsent.jsonl`: every
interaction has had its id from the beginning, so importing the file twice, or after half of it got in, adds nothing.
"""

from __future__ import annotations

import asyncio
import logging

from waymark.client import AsyncClient, NewInteraction, QueueLimits, Unsent, WaymarkError

KEPT = "unsent.jsonl"


def refused(item: NewInteraction, error: WaymarkError) -> None:
    """Report an item that the server will never take: ours to mend."""
    print(f"refused {item.resource_id}: {error}")


def keep(unsent: Unsent) -> None:
    """Keep the items that could not be sent by the end."""
    print(f"kept {unsent.write_jsonl(KEPT)} interactions in {KEPT}")


async def main() -> None:
    """Record a thousand page views from ten tasks."""
    logging.basicConfig(format="%(levelname)s %(message)s")
    limits = QueueLimits(close_deadline_s=2.0)
    client = AsyncClient()
    queue = client.queue(limits, on_refused=refused, on_unsent=keep)

    async def visit(page: int) -> None:
        for number in range(100):
            await queue.record(f"page-{page}", "DOCUMENT", "READ", "WEBAPP", interaction={"view": number})

    await asyncio.gather(*(visit(page) for page in range(10)))
    await queue.record("page-0", "DOCUMENT", "ADMIRE", "WEBAPP")
    try:
        await client.close()
    except Unsent as unsent:
        print(f"not everything got in: {unsent}")
    else:
        print("all sent")


if __name__ == "__main__":
    asyncio.run(main())
