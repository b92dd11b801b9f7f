"""URLs as they are read and refused before anything is resolved: every spelling of an address that is inside."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from libs.outbound.errors import UrlRefused
from libs.outbound.guard import Guard
from libs.outbound.let_through import read_let_through
from libs.outbound.urls import read_url

EVERYTHING = Guard(read_let_through("0.0.0.0/0,::/0"))
INSIDE = """
    127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0X7F.1 0x7f.0x0.0x0.0x1 0177.0.0.1 017700000001 0177.1 0 0x 0.0.0.0
    00000000.0 127.0.0.1. 169.254.169.254 0xa9fea9fe 2852039166 169.16689662 0251.0376.0251.0376 100.64.0.1 10.0.0.0
    10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 192.0.0.8 198.18.0.1 198.19.255.255 224.0.0.1 240.0.0.1
    255.255.255.255 4294967295 [::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1]
    [64:ff9b::7f00:1] [64:ff9b::127.0.0.1] [2002:7f00:1::] [2001:0:7f00:1::80ff:fffe] [fe80::1] [fc00::1] [fdff::1]
    [fec0::1] [ff02::1] localhost localhost. LOCALHOST LocalHost. a.localhost a.b.localhost.
    """


@pytest.mark.parametrize("host", INSIDE.split())
def test_an_address_inside_is_refused_in_every_spelling(host: str) -> None:
    for url in (f"https://{host}", f"HTTPS://{host}:8443/a?b", f"https://{host}#@hook.example", f"https://{host}/@a"):
        with pytest.raises(UrlRefused, match="no public address"):
            Guard().check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1\\@hook.example",
        "https:\\\\hook.example",
        "https://127.0.0.1 .hook.example",
        " https://hook.example",
        "https://hook.example\n",
        "https://hook.exa\tmple",
        "https://hook.example/\r\nHost: a",
        "https://hook.example\x00",
        "https://１２７.０.０.１",
        "https://①②⑦.0.0.1",
        "https://127。0。0。1",
        "https://ⓛocalhost",
        "https://bücher.example",
        "https://%31%32%37.0.0.1",
        "https://localhos%74",
        "https://[::1",
        "https://::1",
        "https://[127.0.0.1]",
        "https://[v1.a]",
        "https://[::1]a",
        "https://256.0.0.1",
        "https://1.2.3.4.5",
        "https://1.2.3.4.0",
        "https://127.0.0.08",
        "https://127.0.0x1g.0",
        "https://+127.1",
        "https://99999999999",
        "https://1.16777216",
        "https://a.1",
        "https://.",
        "https://..",
        "https://a..example",
        "https://hook.example..",
        "https://-a.example",
        f"https://{64 * 'a'}.example",
        f"https://{'.'.join(130 * 'a')}.example",
        "https://hook.example:0",
        "https://hook.example:65536",
        "https://hook.example:99999999",
        "https://hook.example:-1",
        "https://hook.example:4 3",
        "https://hook.example:443:443",
        "https://",
        "https:///a",
        "https:hook.example",
        "//hook.example",
        "hook.example",
        "ftp://hook.example",
        "file:///etc/passwd",
        "gopher://hook.example",
        "javascript:alert(1)",
        "",
    ],
)
def test_what_parsers_disagree_on_is_refused_whatever_is_let_through(url: str) -> None:
    with pytest.raises(UrlRefused):
        EVERYTHING.check_url(url)


@pytest.mark.parametrize("user", ["hook.example", "ann:secret", "", "127.0.0.1"])
def test_a_user_is_refused(user: str) -> None:
    for host in ("hook.example", "127.0.0.1"):
        with pytest.raises(UrlRefused, match="with a user"):
            EVERYTHING.check_url(f"https://{user}@{host}")


@pytest.mark.parametrize("host", ["[fe80::1%25eth0]", "[fe80::1%eth0]", "[2606:4700::1111%1]"])
def test_a_scope_is_refused(host: str) -> None:
    with pytest.raises(UrlRefused, match="with a scope"):
        EVERYTHING.check_url(f"https://{host}")


def test_without_tls_only_what_may_be_let_through_is_taken() -> None:
    for url in ("http://hook.example", "http://8.8.8.8", "http://127.0.0.1"):
        with pytest.raises(UrlRefused, match="only https"):
            Guard().check_url(url)
    guard = Guard(read_let_through("127.0.0.0/8"))
    for url in ("http://hook.example", "http://127.1:8080/a", "http://localhost", "https://127.0.0.1"):
        guard.check_url(url)
    with pytest.raises(UrlRefused, match="only https"):
        guard.check_url("http://8.8.8.8")


@pytest.mark.parametrize(
    ("text", "written", "authority"),
    [
        ("https://Hook.Example.", "https://hook.example/", "hook.example"),
        ("HTTPS://hook.example:443?a=b#c", "https://hook.example/?a=b", "hook.example"),
        ("https://hook.example:/%41?q#a@b", "https://hook.example/%41?q", "hook.example"),
        ("https://my_hook.example:8443//a/../b", "https://my_hook.example:8443//a/../b", "my_hook.example:8443"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("https://010.8.8.8", "https://8.8.8.8/", "8.8.8.8"),
        ("https://134744072:22/", "https://8.8.8.8:22/", "8.8.8.8:22"),
        ("https://[2606:4700:0::1111]:99", "https://[2606:4700::1111]:99/", "[2606:4700::1111]:99"),
    ],
)
def test_a_url_is_read_once_for_all_that_use_it(text: str, written: str, authority: str) -> None:
    url = Guard().check_url(text)
    assert (str(url), url.authority) == (written, authority)
    assert read_url(written) == url
    assert url.address is None or str(ip_address(url.host)) == url.host
