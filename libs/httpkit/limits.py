"""The limits of request bodies, in bytes, compressed or not."""

from __future__ import annotations

from typing import Final

OPEN_BODY_BYTES: Final = 16 * 1024
"""One that is read of a caller without a credential: a login's."""
RECORD_BODY_BYTES: Final = 1024 * 1024
"""One record's."""
BULK_BODY_BYTES: Final = 16 * 1024 * 1024
"""That of many records together."""
PROCESS_BODY_BYTES: Final = 48 * 1024 * 1024
"""Of all that one process works on at a time, of callers with a credential."""
PROCESS_OPEN_BODY_BYTES: Final = 2 * 1024 * 1024
"""The same, of callers without one."""
