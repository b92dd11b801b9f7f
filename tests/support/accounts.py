"""Accounts for tests: the declared service, with passwords hashed at a cost of the test's choice."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from libs.auth.passwords import Passwords
from libs.service.service import Service
from services.accounts.app import start
from services.accounts.service import SERVICE
from services.accounts.settings import AccountsSettings


def accounts_with(passwords: Passwords) -> Service[AccountsSettings]:
    """Return accounts, hashing passwords by `passwords`."""
    return replace(SERVICE, api=lambda: replace(SERVICE.api(), start=partial(start, passwords=passwords)))
