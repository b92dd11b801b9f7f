"""The setting of every service that calls out; its own settings model inherits it."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from libs.outbound.addresses import MAPPED, NAT64, IPNetwork


def _read_networks(given: object) -> object:
    if not isinstance(given, str):
        return given
    return tuple(_read_network(text.strip()) for text in given.split(",") if text.strip())


def _read_network(text: str) -> IPNetwork:
    try:
        network = ip_network(text)
    except ValueError as error:
        raise ValueError(f"networks such as 10.1.0.0/16, with a comma between, are expected: {error}") from None
    if network.version == 6 and (network.subnet_of(MAPPED) or network.subnet_of(NAT64)):
        raise ValueError(f"{text} has IPv4 addresses: write their network as IPv4")
    return network


class OutboundSettings(BaseSettings):
    """`outbound_allow`: the networks that are not public, or are called without TLS, and may be reached all the same.

    Environment prefix `WAYMARK_`.
    """

    model_config = SettingsConfigDict(env_prefix="WAYMARK_", env_ignore_empty=True, frozen=True, extra="ignore")

    outbound_allow: Annotated[tuple[IPNetwork, ...], NoDecode, BeforeValidator(_read_networks)] = ()
