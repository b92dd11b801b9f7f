"""E-mails through a real SMTP server on loopback."""

from __future__ import annotations

import pytest

from libs.outbound.client import Outbound
from libs.outbound.guard import Guard
from services.workflows.integrations.types.smtp import TYPE
from services.workflows.task_types.model import Connected
from services.workflows.task_types.send_email import SendEmail
from tests.support.certificates import Authority
from tests.support.smtp import mail_server
from tests.support.workflows.ways_out import HERE, LOOPBACK, done, failed, way_out

SEND = SendEmail()
LOGIN = {"USERNAME": "shop", "PASSWORD": "right-password"}
BODY = {"to": "Ann <ann@example.org>", "subject": "Your order", "message": "It is on its way."}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


def account(port: int, security: str = "none", secrets: dict[str, str] | None = None) -> Connected:
    settings = {"host": "mail.example", "port": port, "security": security, "from": "Shop <shop@shop.example>"}
    return Connected(name="mail", type="smtp", settings=settings, secrets=LOGIN if secrets is None else secrets)


def outbound(authority: Authority | None = None, guard: Guard = LOOPBACK) -> Outbound:
    return way_out(authority, guard, mail_example=HERE)


async def test_an_email_has_all_that_its_task_says() -> None:
    body = {
        **BODY,
        "subject": "Größe\n and more",
        "html": "<p>It is on its way.</p>",
        "cc": ["bob@example.org"],
        "bcc": ["eve@example.org", "ann@example.org"],
        "replyTo": "help@shop.example",
    }
    async with mail_server() as mailbox:
        output = await done(SEND, body, account(mailbox.port), outbound())
    (message,) = mailbox.messages
    assert mailbox.recipients == [["ann@example.org", "bob@example.org", "eve@example.org"]]
    assert output == {"messageId": message["Message-ID"], "accepted": mailbox.recipients[0], "refused": []}
    assert message["Message-ID"].endswith("@shop.example>")
    assert (message["Subject"], message["From"]) == ("Größe and more", "Shop <shop@shop.example>")
    assert (message["To"], message["Cc"], message["Bcc"]) == ("Ann <ann@example.org>", "bob@example.org", None)
    assert message["Reply-To"] == "help@shop.example"
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert (plain.get_content().strip(), html.get_content().strip()) == (body["message"], body["html"])
    assert mailbox.logins == [("shop", "right-password")]


async def test_every_attempt_has_the_same_message_id() -> None:
    async with mail_server() as mailbox:
        for _ in range(2):
            await done(SEND, BODY, account(mailbox.port, secrets={}), outbound())
    assert len({message["Message-ID"] for message in mailbox.messages}) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_tls_is_verified_for_the_name_of_the_server(authority: Authority, security: str) -> None:
    server, stranger = authority.server("mail.example"), authority.server("other.example")
    for context, is_trusted in ((server, True), (stranger, False)):
        tls = {"start_tls": context} if security == "starttls" else {"tls": context}
        async with mail_server(**tls) as mailbox:
            connected = account(mailbox.port, security)
            if is_trusted:
                await done(SEND, BODY, connected, outbound(authority))
                assert mailbox.logins == [("shop", "right-password")]
            else:
                failure = await failed(SEND, BODY, connected, outbound(authority))
                assert (failure.code, failure.retryable) == ("smtp_error", False)
                assert "certificate does not verify" in failure.message
                assert mailbox.logins == []


async def test_a_server_without_starttls_is_given_nothing(authority: Authority) -> None:
    async with mail_server() as mailbox:
        failure = await failed(SEND, BODY, account(mailbox.port, "starttls"), outbound(authority))
    assert (failure.code, mailbox.logins, mailbox.messages) == ("smtp_error", [], [])


async def test_nothing_goes_where_the_operator_does_not_let_it() -> None:
    async with mail_server() as mailbox:
        for security in ("none", "starttls", "tls"):
            failure = await failed(SEND, BODY, account(mailbox.port, security), outbound(guard=Guard()))
            assert failure.code == "address_refused"
    assert mailbox.logins == []


@pytest.mark.parametrize(
    ("answer", "may_pass"), [("451 later", True), ("554 never", False)], ids=["for now", "for good"]
)
async def test_a_refused_message_fails_with_the_servers_code(answer: str, may_pass: bool) -> None:
    async with mail_server() as mailbox:
        mailbox.answer = answer
        failure = await failed(SEND, BODY, account(mailbox.port), outbound())
    code = int(answer[:3])
    assert (failure.code, failure.detail, failure.retryable) == ("smtp_error", {"code": code}, may_pass)


async def test_recipients_that_are_refused_are_told() -> None:
    body = {**BODY, "to": ["ann@example.org", "gone@example.org"]}
    async with mail_server() as mailbox:
        mailbox.refused = {"gone@example.org": "550 no such user"}
        output = await done(SEND, body, account(mailbox.port), outbound())
        mailbox.refused["ann@example.org"] = "450 busy"
        failure = await failed(SEND, body, account(mailbox.port), outbound())
    assert (output["accepted"], output["refused"]) == (["ann@example.org"], ["gone@example.org"])
    assert failure.detail["recipients"]["gone@example.org"]["code"] == 550


async def test_a_wrong_password_fails_for_good() -> None:
    async with mail_server() as mailbox:
        connected = account(mailbox.port, secrets={**LOGIN, "PASSWORD": "wrong"})
        failure = await failed(SEND, BODY, connected, outbound())
    assert (failure.code, failure.retryable, failure.detail) == ("smtp_error", False, {"code": 535})


@pytest.mark.parametrize("text", ["nobody", "a@b\r\nBcc: c@d", "<x@y.example", "a b@c.example"])
async def test_what_is_no_address_is_refused_before_a_call(text: str) -> None:
    failure = await failed(SEND, {**BODY, "to": text}, account(1), outbound())
    assert failure.code == "invalid_input"


async def test_nobody_there_is_tried_again() -> None:
    async with mail_server() as mailbox:
        port = mailbox.port
    failure = await failed(SEND, BODY, account(port), outbound())
    assert (failure.code, failure.retryable, failure.is_undone) == ("no_connection", True, True)


async def test_the_probe_says_what_it_found() -> None:
    async with mail_server() as mailbox:
        assert await TYPE.probe(account(mailbox.port), outbound()) == "logged in"
    assert mailbox.messages == []
