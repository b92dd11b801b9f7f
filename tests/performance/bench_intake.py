"""What msgspec buys on the recording path: decoding and checking one interaction, against pydantic.

Run as a module; prints microseconds per body. The door decodes with msgspec because free-form members then stay the
sender's own text, which pydantic would have to parse and write again.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable

import msgspec
import orjson
from pydantic import TypeAdapter

from libs.contracts.reference import CATALOG_KINDS
from libs.httpkit.json_values import check_json
from libs.httpkit.request_headers import NO_HEADERS
from services.gateway.interactions.schemas import InteractionIn
from services.gateway.interactions.validation import InteractionBody, InteractionValidator
from services.gateway.replicas.catalog import CatalogIndex
from tests.support.gateway.records import CATALOG, catalog_record

BODY = (
    b'{"resourceId":"order-456","resourceType":"ORDER","action":"CREATE","origin":"WEBAPP",'
    b'"interaction":{"total":149.99,"currency":"USD","items":3},"externalReference":"stripe-pi-abc123"}'
)
_ROUNDS = 20_000


def microseconds(work: Callable[[], object]) -> float:
    """The best of five runs, for one call."""
    return min(timeit.repeat(work, number=_ROUNDS, repeat=5)) / _ROUNDS * 1e6


def main() -> None:
    """Print the table."""
    decoder = msgspec.json.Decoder(InteractionBody)
    adapter = TypeAdapter(InteractionIn)
    catalog = CatalogIndex()
    for kind in CATALOG_KINDS:
        for mnemonic in CATALOG[kind]:
            catalog.put(catalog_record("default", kind, mnemonic))
    validation = InteractionValidator(catalog)
    rows: dict[str, Callable[[], object]] = {
        "msgspec struct, free-form kept raw": lambda: decoder.decode(BODY),
        "pydantic model": lambda: adapter.validate_json(BODY),
        "pydantic model, free-form written again": lambda: orjson.dumps(adapter.validate_json(BODY).interaction),
        "check of what JSON may hold": lambda: check_json(BODY),
        "whole validation (check, decode, resolve, ids)": lambda: validation.single("default", BODY, NO_HEADERS),
    }
    for name, work in rows.items():
        print(f"{microseconds(work):8.2f} µs  {name}")


if __name__ == "__main__":
    main()
