"""The declared services in `docker-compose.yml`: the lines between `# written: <name>` and `# end` are derived, the
rest of the file is edited by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from libs.service.service import Service

_BLOCK = re.compile(r"^( *# written: (\w+)[^\n]*\n).*?^( *# end\n)", re.MULTILINE | re.DOTALL)


def render_compose(text: str, services: Sequence[Service[Any]]) -> str:
    """Return the file `text` with its derived lines written anew. Raises ValueError when they are not marked."""
    found = {match[2] for match in _BLOCK.finditer(text)}
    if found != _ENTRIES.keys():
        raise ValueError(f"docker-compose.yml has derived lines for {sorted(found)}, not {sorted(_ENTRIES)}")
    return _BLOCK.sub(lambda match: match[1] + "".join(map(_ENTRIES[match[2]], services)) + match[3], text)


def _container(service: Service[Any]) -> str:
    lines = [
        f"  {service.name}:",
        "    <<: *service",
        f'    command: ["python", "-m", "services.{service.name}"]',
        "    environment:",
        "      <<: *environment",
    ]
    if "secret_key_file" in service.settings.model_fields:
        lines += [
            "      # Made by setup; in a cluster, mount a secret here instead.",
            "      WAYMARK_SECRET_KEY_FILE: /data/secret.key",
        ]
    return "\n".join(lines) + "\n\n"


def _dependency(service: Service[Any]) -> str:
    return f"      {service.name}:\n        condition: service_healthy\n"


_ENTRIES: Mapping[str, Callable[[Service[Any]], str]] = {"services": _container, "dependencies": _dependency}
