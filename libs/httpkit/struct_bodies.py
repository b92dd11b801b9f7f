"""Bodies of the hot path: JSON objects decoded at once into a struct, whose fields are the members that are known."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

from libs.httpkit.errors import Unprocessable
from libs.httpkit.near_names import KnownNames

S = TypeVar("S", bound=msgspec.Struct)
_members = msgspec.json.Decoder(dict[str, msgspec.Raw])


class BodyDecoder(Generic[S]):
    """Decodes into a struct that forbids unknown fields: the decoder itself notices them, at no cost where there are
    none. A body that has some is decoded once more without them.
    """

    def __init__(self, kind: type[S]) -> None:
        self._decoder = msgspec.json.Decoder(kind)
        self._names = KnownNames(field.encode_name for field in msgspec.structs.fields(kind))

    def decode(self, raw: bytes) -> S:
        """Return the struct of a body.

        Raises Unprocessable for members that are nearly called as a field is, msgspec's errors for what does not fit.
        """
        try:
            return self._decoder.decode(raw)
        except msgspec.ValidationError:
            known = self._known_members(raw)
        return self._decoder.decode(known)

    def _known_members(self, raw: bytes) -> bytes:
        members = _members.decode(raw)
        violations = self._names.violations(members, ("body",))
        if violations:
            raise Unprocessable(*violations)
        return msgspec.json.encode({name: value for name, value in members.items() if name in self._names})
