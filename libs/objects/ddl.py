"""Tables of a service that keeps objects, with their policies and privileges, for the service's migrations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from libs.objects.idempotency import TABLE as RECEIPTS
from libs.objects.outbox import outbox_ddl
from libs.pg.roles import grant_schema, grant_tables, tenant_policies
from libs.pg.sql_files import interpolate

READ = "SELECT"
ADD = "SELECT, INSERT"
WRITE = "SELECT, INSERT, UPDATE"
NOTHING = ""
ALL = "SELECT, INSERT, UPDATE, DELETE"


def objects_ddl(service: str, tables: str, rights: Mapping[str, str]) -> str:
    """Return SQL that lets both roles into the service's schema, creates outbox and receipts, and `tenant_tables`."""
    receipts = _read("receipts", service)
    return (
        grant_schema(service, service)
        + outbox_ddl(service)
        + tenant_tables(service, receipts, {RECEIPTS: WRITE})
        + tenant_tables(service, tables, rights)
    )


def tenant_tables(service: str, tables: str, rights: Mapping[str, str], *, projector: str = ALL) -> str:
    """Return `tables` (SQL) and SQL that keeps tenants apart in each table of `rights` and gives the roles privileges.

    `rights` says what the request role may do with each table, `projector` what the projector role may do with all.
    """
    parts = [tables]
    for name, request in rights.items():
        table = f"{service}.{name}"
        parts.append(tenant_policies(table, service))
        parts.append(grant_tables([table], service, projector=projector, request=request))
    return "".join(parts)


def versions_ddl(service: str) -> str:
    """Return SQL that creates the table of versions; neither role may change or remove one."""
    return tenant_tables(service, _read("versions", service), {"object_versions": ADD}, projector=ADD)


def _read(name: str, service: str) -> str:
    return interpolate(Path(__file__).with_name(f"{name}_table.sql").read_text(encoding="utf-8"), schema=service)
