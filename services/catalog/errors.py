"""The catalog's own errors, each with its code; a docstring is the form of the message."""

from __future__ import annotations

from libs.httpkit.errors import Conflict


class SystemItem(Conflict):
    """{mnemonic} is a system {noun} and cannot be changed"""

    code = "system_item"


class ArchivedItem(Conflict):
    """the {noun} {mnemonic} is archived and cannot be changed"""

    code = "archived_item"


class MnemonicTaken(Conflict):
    """the mnemonic {mnemonic} is taken by another {noun}"""

    code = "mnemonic_taken"


class MnemonicTakenByArchived(MnemonicTaken):
    """the mnemonic {mnemonic} is taken by another {noun} (archived)"""
