"""The networks that the operator lets through, as the environment has them."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from libs.outbound.let_through import LetThrough
from libs.outbound.settings import OutboundSettings
from libs.service.settings import SettingsInvalid, settings_of


@pytest.mark.parametrize(
    ("text", "networks"),
    [
        ("", []),
        ("10.1.0.0/16", [("10.1.0.0/16", 0, 65_535)]),
        (" 10.1.2.3, fd00::/8 ,", [("10.1.2.3/32", 0, 65_535), ("fd00::/8", 0, 65_535)]),
        ("10.1.2.3:443,fd00::/8:1-1024", [("10.1.2.3/32", 443, 443), ("fd00::/8", 1, 1_024)]),
        ("fd00::8:443", [("fd00::8:443/128", 0, 65_535)]),
    ],
)
def test_networks_stand_with_commas_between(
    monkeypatch: pytest.MonkeyPatch, text: str, networks: list[tuple[str, int, int]]
) -> None:
    monkeypatch.setenv("WAYMARK_OUTBOUND_ALLOW", text)
    assert settings_of(OutboundSettings).outbound_allow == tuple(
        LetThrough(ip_network(network), first, last) for network, first, last in networks
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("10.1.0.0/16,inside.example", "'inside.example' does not appear to be an IPv4 or IPv6 network"),
        ("10.1.2.3/16", "10.1.2.3/16 has host bits set"),
        ("10.0.0.0/33", "networks such as 10.1.0.0/16"),
        ('["10.0.0.0/8"]', "networks such as 10.1.0.0/16"),
        ("::ffff:10.0.0.0/104", "write their network as IPv4"),
        ("10.0.0.0/8:65536", "up to 65535"),
        ("10.0.0.0/8:81-80", "two with a hyphen between"),
        ("10.0.0.0/8:http", "networks such as 10.1.0.0/16"),
    ],
)
def test_one_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, text: str, words: str) -> None:
    monkeypatch.setenv("WAYMARK_OUTBOUND_ALLOW", text)
    with pytest.raises(SettingsInvalid, match=r"^WAYMARK_OUTBOUND_ALLOW: ") as invalid:
        settings_of(OutboundSettings)
    assert words in str(invalid.value)
