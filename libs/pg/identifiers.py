"""Quoting of names that become part of SQL text; a name that passed here cannot end its own quotes."""

_MAX_BYTES = 63


def quote_identifier(name: str) -> str:
    """Quote `name` as an identifier. Raises `ValueError` for a name PostgreSQL would cut short or refuse."""
    if not name or "\0" in name or len(name.encode()) > _MAX_BYTES:
        raise ValueError(f"not a usable PostgreSQL name: {name!r}")
    return '"' + name.replace('"', '""') + '"'


def quote_qualified(name: str) -> str:
    """Quote each part of `schema.table` or `table`."""
    return ".".join(quote_identifier(part) for part in name.split("."))
