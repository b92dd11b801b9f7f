"""One request at a time works under an Idempotency-Key."""

from __future__ import annotations

import pytest

from libs.httpkit.idempotency import KeyInFlight
from services.gateway.recording.keys_in_flight import KeysInFlight


def test_a_key_is_held_by_one_request_at_a_time() -> None:
    claims = KeysInFlight()
    with claims.hold("acme", "k"), pytest.raises(KeyInFlight), claims.hold("acme", "k"):
        pass


def test_keys_of_tenants_and_families_are_apart() -> None:
    claims = KeysInFlight()
    with (
        claims.hold("acme", "k"),
        claims.hold("other", "k"),
        claims.hold("acme", "l"),
        KeysInFlight().hold("acme", "k"),
    ):
        pass


def test_a_key_is_free_again_after_its_request_whatever_it_ended_in() -> None:
    claims = KeysInFlight()
    with pytest.raises(ValueError, match="lost"), claims.hold("acme", "k"):
        raise ValueError("lost")
    with claims.hold("acme", "k"):
        pass
