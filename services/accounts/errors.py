"""The errors of accounts, each with its code; a docstring is the form of the message."""

from __future__ import annotations

from collections.abc import Sequence

from libs.httpkit.errors import (
    RETRY_AFTER,
    Conflict,
    Forbidden,
    NotFound,
    TooManyRequests,
    Unauthenticated,
    Violation,
)


class WrongLogin(Unauthenticated):
    """e-mail or password is wrong"""  # the same whatever is wrong, or whether the account may be used

    code = "wrong_login"


class SeveralTenants(Conflict):
    """e-mail and password are right in several tenants; say which one is meant"""

    code = "several_tenants"


class NoSession(Unauthenticated):
    """there is no session to go on with; log in again"""

    code = "no_session"


class WrongPassword(Forbidden):
    """the current password is wrong"""

    code = "wrong_password"


class NoSuchTenant(NotFound):
    """there is no tenant {tenant_id!r}"""


class EmailTaken(Conflict):
    """there is a user with the e-mail {email} already"""  # in the caller's tenant, and no word about others

    code = "email_taken"


class LastAdmin(Conflict):
    """this is the tenant's last active admin; make another one first"""

    code = "last_admin"


class TenantExists(Conflict):
    """there is a tenant {tenant_id!r} already"""

    code = "tenant_exists"


class TooManyLogins(TooManyRequests):
    """too many login attempts; try again in {retry_after_s} s"""

    code = "too_many_logins"


def several_tenants(tenant_ids: Sequence[str]) -> SeveralTenants:
    """Make a 409 that names the tenants to choose from; the caller has proved the password in each."""
    message = f"one of {', '.join(tenant_ids)} is expected"
    violation = Violation(("body", "tenantId"), message, "several_tenants")
    return SeveralTenants(violations=(violation,), members={"tenants": list(tenant_ids)})


def too_many_logins(retry_after_s: int) -> TooManyLogins:
    """Make a 429 with `Retry-After`."""
    return TooManyLogins(retry_after_s=retry_after_s, headers={RETRY_AFTER: str(retry_after_s)})
