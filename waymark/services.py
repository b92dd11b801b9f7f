"""The services this installation is made of: their apps, their projections, their setup."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from services.accounts import setup as accounts_setup
from services.catalog import setup as catalog_setup

SETUPS: Sequence[Callable[[str], Awaitable[None]]] = (accounts_setup.setup, catalog_setup.setup)
