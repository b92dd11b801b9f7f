"""How a run shares its tests out among workers: by file, except the console's, and those that name a machine."""

from __future__ import annotations

import re

from xdist.scheduler import LoadScopeScheduling

MACHINE_ON_POSTGRES = "machine_on_postgres"
MACHINE_ON_KAFKA = "machine_on_kafka"
CONSOLE = "tests/e2e/console"
"""The folder whose files share a browser and an installation with data."""
_MACHINE = re.compile(rf"\[(?:.+-)?({MACHINE_ON_POSTGRES}|{MACHINE_ON_KAFKA})[-\]]")


def unit_of_work(nodeid: str) -> str:
    """Return the name of what one worker gets whole: the console, the machine that parameters name, else the file."""
    if nodeid.startswith(f"{CONSOLE}/"):
        return CONSOLE
    # `xdist_group` would say the same, but xdist 3.8 writes the group to where pytest 9.2 does not read it.
    machine = _MACHINE.search(nodeid)
    return machine[1] if machine else nodeid.partition("::")[0]


class FilesAndMachines(LoadScopeScheduling):
    """Gives one worker all tests of a file, of the console, or on a machine, which then starts once."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of_work(nodeid)
