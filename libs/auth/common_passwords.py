"""Passwords that everybody tries first: lists of stolen ones begin with them (NIST SP 800-63B, 3.1.1.2)."""

from __future__ import annotations

from typing import Final

_WORDS: Final = """
    1q2w3e4r 1q2w3e4r5t 1qaz2wsx aa12345678 abcd1234 abcdefgh access adminadmin administrator alexander andrea anthony
    asdfasdf asdfghjk asdfghjkl babygirl baseball basketball batman benjamin butterfly carolina changeit changeme
    charlie chelsea chocolate christian computer cookie daniel default dragon elizabeth football freedom fuckyou
    guest hallo hannah hello hunter iloveyou internet jennifer jessica jordan letmein liverpool login lovely maggie
    manager master matthew michael michelle monkey mustang mynoob nicholas nicole ninja passpass passphrase passw0rd
    password passwort pepper pokemon princess p@ssw0rd p@ssword qazwsxedc qwer1234 qwerasdf qwert qwerty qwertyui
    qwertyuiop qwertz qwertzuiop robert samantha secret security shadow sophie startrek starwars summer sunshine
    superman superuser t3st test testtest thomas tigger trustno1 welcome whatever william winter yankees zaq12wsx
    zaq1zaq1 zxcvbnm waymark
"""
_MOST_USED: Final = frozenset(_WORDS.split())
_RUNS: Final = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_LEAST_LETTERS: Final = 4
"""The least number of different characters in a password."""


def is_common(password: str, email: str | None = None) -> bool:
    """Return whether a password is among the first that somebody would try: a usual one with or without digits and
    signs after it, a run on the keyboard, few characters again and again, or the e-mail address or its name.
    """
    folded = password.casefold()
    core = folded.rstrip("0123456789!?.,;*#$%&@+-_ ")
    if len(set(folded)) < _LEAST_LETTERS or folded in _MOST_USED or core in _MOST_USED or not core:
        return True
    if any(folded in run or folded in run[::-1] for run in _RUNS):
        return True
    return email is not None and core in _names_of(email)


def _names_of(email: str) -> frozenset[str]:
    address = email.strip().casefold()
    name, _, domain = address.partition("@")
    return frozenset((address, name, domain, domain.partition(".")[0]))
