"""How a run shares its tests out among workers: by file, except those whose parameters name a machine."""

from __future__ import annotations

import re

from xdist.scheduler import LoadScopeScheduling

MACHINE_ON_POSTGRES = "machine_on_postgres"
MACHINE_ON_KAFKA = "machine_on_kafka"
_MACHINE = re.compile(rf"\[(?:.+-)?({MACHINE_ON_POSTGRES}|{MACHINE_ON_KAFKA})[-\]]")


def unit_of_work(nodeid: str) -> str:
    """Return the name of what one worker gets whole: the machine that the test's parameters name, else its file."""
    # `xdist_group` would say the same, but xdist 3.8 writes the group to where pytest 9.2 does not read it.
    machine = _MACHINE.search(nodeid)
    return machine[1] if machine else nodeid.partition("::")[0]


class FilesAndMachines(LoadScopeScheduling):
    """Gives one worker all tests of a file, and one worker all tests on a machine, which then starts once."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of_work(nodeid)
