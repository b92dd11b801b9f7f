"""What every service with a read model does around its answers: wait for what the caller wrote, say it is built."""

from __future__ import annotations

from libs.eventlog.errors import ModelBehind
from libs.eventlog.generations import ReadModel
from libs.eventlog.port import TopicPartition
from libs.httpkit.health import Check
from libs.httpkit.positions import READ_YOUR_WRITES_TIMEOUT_S, parse_min_position
from libs.pg.errors import DatabaseUnavailable


async def wait_for_min_position(model: ReadModel, header: str | None, log_id: str) -> None:
    """Return once what `Waymark-Min-Position` says is applied. Raises 422 when it is none, ModelBehind after 5 s."""
    wanted = parse_min_position(header, log_id)
    if wanted:
        positions = {TopicPartition(*place): offset for place, offset in wanted.items()}
        await model.wait_for(positions, timeout_s=READ_YOUR_WRITES_TIMEOUT_S)


def is_built(model: ReadModel) -> Check:
    """The check that a generation of the model serves."""

    async def check() -> str | None:
        try:
            await model.as_of()
        except (DatabaseUnavailable, ModelBehind) as error:
            return str(error)
        return None

    return check
