"""Signatures of OAuth 1.0a, as Twitter's and RFC 5849's documents show them."""

from __future__ import annotations

from urllib.parse import unquote

from services.workflows.integrations.types.oauth1 import OAuthKeys, authorization

# https://docs.x.com/resources/fundamentals/authentication/oauth-1-0a/creating-a-signature
KEYS = OAuthKeys(
    consumer_key="xvz1evFS4wEEPTGEFPHBog",
    consumer_secret="kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
    token="370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
    token_secret="LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
)


def test_the_signature_is_that_of_twitters_example() -> None:
    header = authorization(
        KEYS,
        "POST",
        "https://api.twitter.com/1.1/statuses/update.json?include_entities=true",
        nonce="kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
        timestamp=1318622958,
        form={"status": "Hello Ladies + Gentlemen, a signed OAuth request!"},
    )
    parts = dict(part.split("=", 1) for part in header.removeprefix("OAuth ").split(", "))
    assert unquote(parts["oauth_signature"].strip('"')) == "hCtSmYh+iHYCEqBWrE7C7hYmtUk="


def test_secrets_are_not_in_the_header_nor_shown() -> None:
    header = authorization(KEYS, "GET", "https://api.example/2/users/me", nonce="n", timestamp=1)
    for secret in (KEYS.consumer_secret, KEYS.token_secret):
        assert secret not in header
        assert secret not in repr(KEYS)
