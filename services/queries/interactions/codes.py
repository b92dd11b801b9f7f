"""Which codes stand for which catalog ids in a generation's rows.

A code that a reader has seen is committed and never changes within its generation, so it may be remembered for as long
as the process lives; the generation is part of the key.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from libs.contracts.reference import ACTION, ORIGIN, RESOURCE_TYPE
from libs.pg.database import Connection
from libs.pg.sql_files import SqlFile
from libs.records.render import FacetName
from services.queries.interactions.model import Facets

MAX_REMEMBERED = 200_000
_SQL = SqlFile.load(Path(__file__).with_name("queries.sql"))


class Codes:
    """Codes and ids of every generation that was read in this process."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, int], FacetName] = {}
        self._codes: dict[tuple[str, str, str, str], int] = {}

    async def facets(self, conn: Connection, generation: str, tenant_id: str, ids: dict[str, str]) -> Facets | None:
        """Return the codes of catalog ids by kind; None when one of them is on no row."""
        unknown = {kind: id_ for kind, id_ in ids.items() if (generation, tenant_id, kind, id_) not in self._codes}
        if unknown:
            found = await conn.fetch(_SQL.facet_codes, tenant_id, list(unknown), list(unknown.values()))
            if len(found) < len(unknown):
                return None
            self._make_room()
            for row in found:
                self._codes[generation, tenant_id, row["kind"], unknown[row["kind"]]] = row["code"]
        codes = {kind: self._codes[generation, tenant_id, kind, id_] for kind, id_ in ids.items()}
        return Facets(codes.get(RESOURCE_TYPE, 0), codes.get(ACTION, 0), codes.get(ORIGIN, 0))

    async def names(
        self, conn: Connection, generation: str, tenant_id: str, codes: Iterable[int]
    ) -> dict[int, FacetName]:
        """Return the facets of the codes."""
        wanted = set(codes)
        unknown = [code for code in wanted if (generation, code) not in self._names]
        if unknown:
            self._make_room()
            for row in await conn.fetch(_SQL.facet_names, tenant_id, unknown):
                self._names[generation, row["code"]] = FacetName(str(row["id"]), row["mnemonic"])
            wanted_again = [code for code in wanted if (generation, code) not in self._names]
            assert not wanted_again, f"rows of {generation} hold codes that stand for nothing: {wanted_again}"
        return {code: self._names[generation, code] for code in wanted}

    def _make_room(self) -> None:
        if len(self._names) + len(self._codes) > MAX_REMEMBERED:
            self._names.clear()
            self._codes.clear()
