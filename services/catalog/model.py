"""The catalog's items (resource types, actions, origins) and the rules they keep.

One shape serves all three kinds. A mnemonic is unique within tenant and kind without regard to case, also after its
item was archived; a system item never changes.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime

from libs.contracts.reference import ACTION, ORIGIN, RESOURCE_TYPE

MNEMONIC = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
COLOR = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")
_SYSTEM_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:waymark:catalog")


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the three kinds: its name in records and events, its path and its id's field over HTTP."""

    name: str
    path: str
    id_field: str
    noun: str


RESOURCE_TYPES = Kind(RESOURCE_TYPE, "/api/resource-types", "resourceTypeId", "resource type")
ACTIONS = Kind(ACTION, "/api/actions", "actionId", "action")
ORIGINS = Kind(ORIGIN, "/api/origins", "originId", "origin")
KINDS = (RESOURCE_TYPES, ACTIONS, ORIGINS)
KIND_OF_NAME = {kind.name: kind for kind in KINDS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The fields of an item that a caller decides. Colours are `#rgb` or `#rrggbb`; an icon is an emoji or a name."""

    title: str
    mnemonic: str
    description: str | None = None
    icon: str | None = None
    font_color_hex: str | None = None
    bg_color_hex: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item as stored. `version` counts its changes from 1; `archived_at` is None while it may be used."""

    tenant_id: str
    kind: Kind
    item_id: uuid.UUID
    draft: Draft
    is_system: bool
    version: int
    created_at: datetime
    modified_at: datetime
    archived_at: datetime | None = None


def is_mnemonic(text: str) -> bool:
    """Return whether a text can be a mnemonic: 1 to 64 letters, digits, `_ . : -`, beginning with a letter or digit."""
    return MNEMONIC.fullmatch(text) is not None


def is_color(text: str) -> bool:
    """Return whether a text is `#rgb` or `#rrggbb`."""
    return COLOR.fullmatch(text) is not None


def fold(mnemonic: str) -> str:
    """Return the form in which mnemonics are compared."""
    return mnemonic.lower()


def system_item_id(tenant_id: str, kind: Kind, mnemonic: str) -> uuid.UUID:
    """Return the id of a system item, which its tenant, kind and mnemonic alone decide."""
    return uuid.uuid5(_SYSTEM_NAMESPACE, f"{tenant_id}:{kind.name}:{fold(mnemonic)}")
