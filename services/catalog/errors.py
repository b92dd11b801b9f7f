"""The catalog's own errors, each with its status and code."""

from __future__ import annotations

from libs.httpkit.errors import Conflict
from services.catalog.model import Item


class SystemItem(Conflict):
    """409: system items never change."""

    code = "system_item"

    def __init__(self, item: Item) -> None:
        super().__init__(f"{item.draft.mnemonic} is a system {item.kind.noun} and cannot be changed")


class ArchivedItem(Conflict):
    """409: an archived item stays as it is."""

    code = "archived_item"

    def __init__(self, item: Item) -> None:
        super().__init__(f"the {item.kind.noun} {item.draft.mnemonic} is archived and cannot be changed")


class MnemonicTaken(Conflict):
    """409: another item of the kind holds the mnemonic, whatever its spelling."""

    code = "mnemonic_taken"

    def __init__(self, holder: Item) -> None:
        archived = " (archived)" if holder.archived_at is not None else ""
        super().__init__(f"the mnemonic {holder.draft.mnemonic} is taken by another {holder.kind.noun}{archived}")
