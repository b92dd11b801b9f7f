"""Every loop there is by its name, with the way to start its part.

The names are those in the code, as written there; where a name is no literal, it is the class.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.support.loops import logs, machine, services, workers
from tests.support.loops.ground import Start

LOOPS: Mapping[str, Start] = {**logs.LOOPS, **workers.LOOPS, **services.LOOPS, **machine.LOOPS}
