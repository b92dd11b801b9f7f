"""Messages to Slack, Discord, Twitter and receivers of webhooks, by HTTP to stand-ins on loopback."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from standardwebhooks import Webhook

from libs.outbound.guard import Guard
from libs.webhooks.signing import new_secret
from services.workflows.integrations.types import discord, http, slack, twitter, webhook
from services.workflows.task_types.call_webhook import CallWebhook
from services.workflows.task_types.model import Connected, TaskType
from services.workflows.task_types.send_discord_message import SendDiscordMessage
from services.workflows.task_types.send_slack_message import SendSlackMessage
from services.workflows.task_types.send_tweet import SendTweet
from tests.support.far_hosts import Behaviour, answering, far_host
from tests.support.workflows.ways_out import done, failed, way_out

OUT = way_out()
SIGNING = new_secret()
KEY = "00000000-0000-0000-0000-000000000003"


@dataclass(frozen=True)
class Channel:
    """A type with a body that it takes, and an account with a stand-in at a port."""

    type: TaskType
    body: dict[str, Any]
    integration: str
    settings: dict[str, str]
    secrets: dict[str, str]

    def account(self, port: int) -> Connected:
        """Return the account with the stand-in."""
        at = {"port": str(port)}
        return Connected(
            name="ours",
            type=self.integration,
            settings={name: value.format(**at) for name, value in self.settings.items()},
            secrets={name: value.format(**at) for name, value in self.secrets.items()},
            provider_secrets={"CONSUMER_KEY": "consumer-key", "CONSUMER_SECRET": "consumer-hidden"},
        )


SLACK = Channel(
    SendSlackMessage(),
    {"target_id": "C1", "text": "hi"},
    "slack",
    {"baseUrl": "http://127.0.0.1:{port}/api"},
    {"ACCESS_TOKEN": "xoxb-hidden"},
)
DISCORD = Channel(
    SendDiscordMessage(), {"text": "hi"}, "discord", {}, {"WEBHOOK_URL": "http://127.0.0.1:{port}/api/webhooks/1/t"}
)
TWITTER = Channel(
    SendTweet(),
    {"text": "hi"},
    "twitter",
    {"baseUrl": "http://127.0.0.1:{port}"},
    {"ACCESS_TOKEN": "access-token", "ACCESS_TOKEN_SECRET": "access-hidden"},
)
WEBHOOK = Channel(
    CallWebhook(), {"payload": {"a": 1}}, "webhook", {"url": "http://127.0.0.1:{port}/in"}, {"SECRET": SIGNING}
)
CHANNELS = [SLACK, DISCORD, TWITTER, WEBHOOK]
IDS = [channel.integration for channel in CHANNELS]


def replying(status: int, content: Any, *headers: str) -> Behaviour:
    """Answer with JSON."""
    text = json.dumps(content)
    lines = [f"HTTP/1.1 {status} Word", f"Content-Length: {len(text)}", *headers]
    return answering("\n".join(lines) + "\n\n" + text)


def read(request: str) -> tuple[str, dict[str, str], Any]:
    """Return the first line, the headers and the JSON of a request."""
    head, _, body = request.partition("\r\n\r\n")
    line, *headers = head.split("\r\n")
    return line, dict(header.split(": ", 1) for header in headers), json.loads(body)


async def test_slack_is_sent_a_message_under_the_key() -> None:
    async with far_host(replying(200, {"ok": True, "ts": "17.1", "channel": "C1"})) as host:
        output = await done(SLACK.type, SLACK.body, SLACK.account(host.port), OUT)
    line, headers, body = read(host.requests[0])
    assert output == {"ts": "17.1", "channel": "C1"}
    assert (line, headers["authorization"]) == ("POST /api/chat.postMessage HTTP/1.1", "Bearer xoxb-hidden")
    assert body == {"channel": "C1", "text": "hi", "client_msg_id": KEY}


@pytest.mark.parametrize(
    ("error", "retryable", "is_undone"),
    [("channel_not_found", False, False), ("ratelimited", True, True), ("internal_error", True, False)],
)
async def test_slack_that_answers_no_fails_the_task(error: str, *, retryable: bool, is_undone: bool) -> None:
    async with far_host(replying(200, {"ok": False, "error": error})) as host:
        failure = await failed(SLACK.type, SLACK.body, SLACK.account(host.port), OUT)
    assert (failure.code, failure.detail) == ("provider_error", {"error": error})
    assert (failure.retryable, failure.is_undone) == (retryable, is_undone)


async def test_discord_is_sent_a_message_under_a_nonce_that_it_takes() -> None:
    async with far_host(replying(200, {"id": "99"})) as host:
        output = await done(DISCORD.type, DISCORD.body, DISCORD.account(host.port), OUT)
    line, _, body = read(host.requests[0])
    assert (output, line) == ({"id": "99"}, "POST /api/webhooks/1/t?wait=true HTTP/1.1")
    assert body == {"content": "hi", "nonce": "AAAAAAAAAAAAAAAAAAAAAw", "allowed_mentions": {"parse": []}}
    assert len(body["nonce"]) <= 25


async def test_a_tweet_is_signed_for_the_account() -> None:
    async with far_host(replying(201, {"data": {"id": "7", "text": "hi"}})) as host:
        output = await done(TWITTER.type, TWITTER.body, TWITTER.account(host.port), OUT)
    line, headers, body = read(host.requests[0])
    assert (output, line, body) == ({"id": "7"}, "POST /2/tweets HTTP/1.1", {"text": "hi"})
    assert headers["authorization"].startswith('OAuth oauth_consumer_key="consumer-key", oauth_nonce="')
    assert "hidden" not in host.requests[0]


async def test_a_webhook_is_signed_under_the_key() -> None:
    async with far_host() as host:
        output = await done(WEBHOOK.type, {**WEBHOOK.body, "event": "order.paid"}, WEBHOOK.account(host.port), OUT)
    _, headers, body = read(host.requests[0])
    raw = host.requests[0].partition("\r\n\r\n")[2]
    assert (output, headers["webhook-id"]) == ({"status_code": 204}, KEY)
    assert (body["type"], body["data"]) == ("order.paid", {"a": 1})
    assert Webhook(SIGNING).verify(raw, headers) == body


async def test_a_payload_without_an_event_is_sent_as_it_is() -> None:
    async with far_host() as host:
        await done(WEBHOOK.type, WEBHOOK.body, WEBHOOK.account(host.port), OUT)
    assert read(host.requests[0])[2] == {"a": 1}


@pytest.mark.parametrize("channel", CHANNELS, ids=IDS)
@pytest.mark.parametrize(
    ("status", "retryable", "is_undone"),
    [(400, False, False), (429, True, True), (503, True, True), (500, True, False), (302, False, False)],
)
async def test_a_status_fails_the_task(channel: Channel, status: int, *, retryable: bool, is_undone: bool) -> None:
    async with far_host(replying(status, {"title": "no"}, "Retry-After: 7200", "Location: /other")) as host:
        failure = await failed(channel.type, channel.body, channel.account(host.port), OUT)
    assert failure.code == ("http_status" if channel is WEBHOOK else "provider_error")
    assert (failure.retryable, failure.is_undone, failure.retry_after_s) == (retryable, is_undone, 3_600)
    assert (failure.detail["status_code"], len(host.requests)) == (status, 1)


@pytest.mark.parametrize("channel", CHANNELS, ids=IDS)
async def test_nothing_is_called_where_the_operator_does_not_let_it(channel: Channel) -> None:
    async with far_host() as host:
        failure = await failed(channel.type, channel.body, channel.account(host.port), way_out(guard=Guard()))
    assert (failure.code, failure.retryable, host.connections) == ("address_refused", False, 0)


async def test_probes_call_what_changes_nothing() -> None:
    probes = [(slack, SLACK, "POST /api/auth.test"), (discord, DISCORD, "GET /api/webhooks/1/t")]
    probes += [(twitter, TWITTER, "GET /2/users/me"), (webhook, WEBHOOK, "POST /in")]
    for module, channel, line in probes:
        answer = {"ok": True, "user": "bot", "team": "T", "name": "hook", "data": {"username": "shop"}}
        async with far_host(replying(200, answer)) as host:
            assert await module.TYPE.probe(channel.account(host.port), OUT)
        assert host.requests[0].startswith(f"{line} HTTP/1.1")


async def test_the_probe_of_an_application_asks_for_its_token() -> None:
    async with far_host(replying(200, {"token_type": "bearer"})) as host:
        provider = Connected(
            name="x",
            type="twitter",
            settings={"baseUrl": f"http://127.0.0.1:{host.port}"},
            secrets={"CONSUMER_KEY": "k", "CONSUMER_SECRET": "s"},
        )
        assert twitter.TYPE.probe_provider is not None
        await twitter.TYPE.probe_provider(provider, OUT)
    assert host.requests[0].startswith("POST /oauth2/token HTTP/1.1")
    assert "authorization: Basic azpz" in host.requests[0]


async def test_the_probe_of_an_api_sends_its_credentials() -> None:
    async with far_host() as host:
        connected = Connected(
            name="api",
            type="http",
            settings={"baseUrl": f"http://127.0.0.1:{host.port}/v1", "headers": {"X-Shop": "7"}},
            secrets={"TOKEN": "hidden-token"},
        )
        assert await http.TYPE.probe(connected, OUT) == "answered with 204"
    assert "authorization: Bearer hidden-token\r\n" in host.requests[0]
    assert "x-shop: 7\r\n" in host.requests[0]
