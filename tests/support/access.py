"""An `Access` over credentials that a test makes up: without any, everybody is refused."""

from __future__ import annotations

from libs.auth.authenticator import Authenticator
from libs.auth.credentials import CredentialIndex
from libs.auth.http import Access
from libs.contracts.credentials import CredentialRecord, encode_credential


class KnownCredentials(CredentialIndex):
    """An index that is never behind."""

    async def catch_up(self) -> None:
        """Do nothing."""


def access_of(*records: CredentialRecord) -> Access:
    """Return the access that these credentials give."""
    known = KnownCredentials()
    for record in records:
        key, value, _ = encode_credential(record, timestamp_ms=1)
        known.apply(key, value)
    return Access(Authenticator(known))
