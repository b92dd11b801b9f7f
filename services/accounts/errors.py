"""The errors of accounts, each with its code; a docstring is the form of the message."""

from __future__ import annotations

from libs.httpkit.errors import RETRY_AFTER, Conflict, Forbidden, NotFound, TooManyRequests, Unauthenticated


class WrongLogin(Unauthenticated):
    """e-mail or password is wrong"""  # the same whatever is wrong, or whether the account may be used

    code = "wrong_login"


class NoSession(Unauthenticated):
    """there is no session to go on with; log in again"""

    code = "no_session"


class WrongPassword(Forbidden):
    """the current password is wrong"""

    code = "wrong_password"


class NoSuchTenant(NotFound):
    """there is no tenant {tenant_id!r}"""


class EmailTaken(Conflict):
    """there is a user with the e-mail {email} already"""  # in whichever tenant

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


def too_many_logins(retry_after_s: int) -> TooManyLogins:
    """Make a 429 with `Retry-After`."""
    return TooManyLogins(retry_after_s=retry_after_s, headers={RETRY_AFTER: str(retry_after_s)})
