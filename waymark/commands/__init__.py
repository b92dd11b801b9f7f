"""The sub-commands of `waymark`, by what they talk to: the machine, the HTTP API, the operator's database and log."""
