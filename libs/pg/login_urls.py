"""The logins of an installation's services as URLs have them: their names, their passwords, the file that keeps those.

Roles belong to a whole server, so a login's name carries its database: two installations on one server have logins of
their own. Passwords are derived from the installation's secret, so that whoever sets it up arrives at the same ones.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit


class UnknownLogin(ValueError):
    """The file of logins given to a process lacks its own login; the message says to run setup again."""


def login_of(name: str, database: str) -> str:
    """Return the login of a service, or of the log, in a database."""
    return f"waymark_{name}_{hashlib.blake2b(database.encode(), digest_size=4).hexdigest()}"


def derived_logins(names: Iterable[str], database: str, secret: str) -> dict[str, str]:
    """Return the passwords of the logins of services, by login."""
    logins = [login_of(name, database) for name in names]
    return {login: _password(secret, login) for login in logins}


def _password(secret: str, login: str) -> str:
    digest = hmac.digest(secret.encode(), b"waymark database login\0" + login.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def database_of(url: str) -> str:
    """Return the name of the database in a URL."""
    return unquote(urlsplit(url).path.removeprefix("/"))


def url_as(url: str, name: str, logins_file: Path | None) -> str:
    """Return the URL as a service, or the log, connects: with its own login where the file has it, else as it is.

    The password of the URL's own login may be in the file too. Raises UnknownLogin when there is no login at all.
    """
    if logins_file is None:
        return url
    logins, own = read_logins(logins_file), urlsplit(url).username
    for login in (login_of(name, database_of(url)), unquote(own or "")):
        if login in logins:
            return _with_login(url, f"{quote(login, safe='')}:{quote(logins[login], safe='')}@")
    if own is None:
        raise UnknownLogin(f"{logins_file} has no login of {name} for {database_of(url)}: run setup again")
    return url


def without_login(url: str) -> str:
    """Return the URL without login and password, for processes that have logins of their own."""
    return _with_login(url, "")


def _with_login(url: str, login: str) -> str:
    # Put together by hand: urlunsplit drops the slashes before the empty host of a Unix socket.
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{login}{host}{parts.path}" + (f"?{parts.query}" if parts.query else "")


def read_logins(path: Path) -> Mapping[str, str]:
    """Return the passwords in a file of logins, by login. Raises UnknownLogin when there is no such file."""
    try:
        logins: dict[str, str] = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise UnknownLogin(f"there is no file of logins at {path}: run setup again") from None
    return logins


def logins_text(logins: Mapping[str, str]) -> str:
    """Return the text of a file of logins."""
    return json.dumps(logins, indent=2, sort_keys=True) + "\n"
