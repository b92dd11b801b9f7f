from enum import IntEnum

class ConfigResourceType(IntEnum):
    BROKER = ...
    TOPIC = ...

class ConfigResource:
    name: str

    def __init__(
        self,
        resource_type: ConfigResourceType,
        name: str,
        configs: dict[str, str] | None = ...,
    ) -> None: ...
