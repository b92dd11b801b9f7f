"""What every implementation of the log does, written once, in a part for each concept.

An implementation inherits `EventLogContract` and gives it the fixture `open_log`: a coroutine function that returns
one more started client of the same, otherwise empty log. Clients are stopped at the test's end by the fixture. Where
session timeouts can be set, `open_log` sets them short (a few seconds).
"""

from tests.contract.eventlog_appending import AppendingContract
from tests.contract.eventlog_groups import GroupContract
from tests.contract.eventlog_reading import ReadingContract
from tests.contract.eventlog_sharing import SharingContract
from tests.contract.eventlog_upkeep import UpkeepContract
from tests.support.eventlog import OpenLog

__all__ = ["EventLogContract", "OpenLog"]


class EventLogContract(AppendingContract, ReadingContract, GroupContract, SharingContract, UpkeepContract):
    """Inherit, and define the fixture `open_log`."""
