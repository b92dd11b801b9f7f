"""The front as a process of its own, where services are processes of their own: `python -m waymark.front_process`."""

from __future__ import annotations

import sys

from pydantic import Field

from libs.contracts.paths import FRONT, SERVICES
from libs.lazy import lazy_imports
from libs.service.run import start
from libs.service.settings import ServiceSettings, SettingsInvalid, settings_of

with lazy_imports():
    from libs.service import process
    from waymark import edge, front, remote


class FrontSettings(ServiceSettings):
    """The services that the front answers for and their addresses; those of `docker-compose.yml` are the default."""

    service_urls: dict[str, str] = Field(
        default_factory=lambda: {name: f"http://{name}:{edge.SERVICE_PORT}" for name in SERVICES}
    )


def main() -> int:
    """Run until stopped; returns the exit code."""
    start(FRONT)
    try:
        settings = settings_of(FrontSettings)
    except SettingsInvalid as error:
        sys.exit(f"{FRONT}: {error}")
    services = {name: remote.Remote(url) for name, url in settings.service_urls.items()}
    app = front.create_front(services, cors_origins=settings.cors_origins)
    return process.run_process(FRONT, app, process.listen(settings), (), settings=settings)


if __name__ == "__main__":
    sys.exit(main())
