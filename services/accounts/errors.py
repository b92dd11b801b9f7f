"""The errors of accounts, each with its status and code."""

from __future__ import annotations

from libs.httpkit.errors import Conflict, Forbidden, NotFound, TooManyRequests, Unauthenticated


class WrongLogin(Unauthenticated):
    """401: the same words whatever of e-mail and password is wrong, or whether the account may be used."""

    code = "wrong_login"

    def __init__(self) -> None:
        super().__init__("e-mail or password is wrong")


class NoSession(Unauthenticated):
    """401: there is no refresh token, or its session is over; log in again."""

    code = "no_session"

    def __init__(self) -> None:
        super().__init__("there is no session to go on with; log in again")


class TooManyLogins(TooManyRequests):
    """429: too many attempts for this e-mail or from this address."""

    code = "too_many_logins"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            f"too many login attempts; try again in {retry_after_s} s", headers={"Retry-After": str(retry_after_s)}
        )


class EmailTaken(Conflict):
    """409: e-mails are unique across tenants."""

    code = "email_taken"

    def __init__(self, email: str) -> None:
        super().__init__(f"there is a user with the e-mail {email} already")


class LastAdmin(Conflict):
    """409: a tenant keeps at least one active admin."""

    code = "last_admin"

    def __init__(self) -> None:
        super().__init__("this is the tenant's last active admin; make another one first")


class TenantExists(Conflict):
    """409: a tenant's id is given once."""

    code = "tenant_exists"

    def __init__(self, tenant_id: str) -> None:
        super().__init__(f"there is a tenant {tenant_id!r} already")


class NoSuchTenant(NotFound):
    """404: no tenant of that id."""

    def __init__(self, tenant_id: str) -> None:
        super().__init__(f"there is no tenant {tenant_id!r}")


class WrongPassword(Forbidden):
    """403: the present password is not the one given."""

    code = "wrong_password"

    def __init__(self) -> None:
        super().__init__("the current password is wrong")
