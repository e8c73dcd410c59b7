"""E-mail, against a mail server that speaks SMTP for real."""

from __future__ import annotations

import base64
import logging
import socketserver
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from webapp.accounts.invitations import Invitation, deliver
from webapp.accounts.letters import invitation, reset
from webapp.accounts.services import normalise_email
from webapp.mail import Mail, MailError, MailServerError
from webapp.problems import Invalid
from webapp.settings import Settings, SettingsError

CERTIFICATE = Path(__file__).parents[1] / "fixtures" / "localhost.pem"


@dataclass
class Behaviour:
    """What the server offers, refuses, and has received."""

    tls: str = "starttls"
    refused: dict[str, str] = field(default_factory=dict)
    received: list[EmailMessage] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    connections: int = 0


class Conversation(socketserver.StreamRequestHandler):
    """One connection."""

    server: MailServer

    def handle(self) -> None:
        does = self.server.does
        does.connections += 1
        self.secret = False
        if does.tls == "from the start":
            self.encrypt()
        self.say("220 localhost")
        while line := self.rfile.readline().decode().strip():
            verb = line.partition(" ")[0].upper()
            if verb == "QUIT":
                self.say("221 bye")
                break
            refusal = does.refused.get(verb)
            self.say(refusal) if refusal else getattr(self, f"do_{verb.lower()}")(line)

    def encrypt(self) -> None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(CERTIFICATE)
        self.finish()
        self.request = context.wrap_socket(self.request, server_side=True)
        self.setup()
        self.secret = True

    def finish(self) -> None:
        super().finish()
        if self.secret:
            self.request.close()

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def do_ehlo(self, line: str) -> None:
        offered = ["STARTTLS"] if self.server.does.tls == "starttls" and not self.secret else ["AUTH PLAIN"]
        self.say("\r\n".join(["250-localhost", *(f"250 {each}" for each in offered)]))

    def do_starttls(self, line: str) -> None:
        self.say("220 go on")
        self.encrypt()

    def do_auth(self, line: str) -> None:
        _, user, password = base64.b64decode(line.split()[2]).decode().split("\0")
        self.server.does.logins.append(f"{user}:{password}")
        self.say("235 welcome")

    def do_mail(self, line: str) -> None:
        self.say("250 fine")

    do_rcpt = do_rset = do_mail

    def do_data(self, line: str) -> None:
        self.say("354 go on")
        lines = []
        while (line_of_text := self.rfile.readline()) != b".\r\n":
            lines.append(line_of_text.removeprefix(b".") if line_of_text.startswith(b"..") else line_of_text)
        message = message_from_bytes(b"".join(lines), EmailMessage, policy=policy.default)
        self.server.does.received.append(message)
        self.server.does.encrypted.append(self.secret)
        self.say("250 taken")


class MailServer(socketserver.ThreadingTCPServer):
    """A mail server on a free port of this machine."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.does = Behaviour()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that does not trust our certificate hangs up; that is what a test is about."""

    def url(self, scheme: str = "smtp", credentials: str = "", query: str = "") -> str:
        return f"{scheme}://{credentials}localhost:{self.server_address[1]}{query}"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine trusts the server's certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


def mail_by(url: str = "", sender: str = "Chainrule <chainrule@example.org>") -> Mail:
    return Mail(Settings(smtp_url=url, mail_from=sender))


def send(mail: Mail, to: str = "ana@example.org") -> None:
    mail.send(to, "Tu contraseña", "Hola, Inés\n.\nhttps://example.org/reset/abc\n")


def test_it_delivers_over_starttls_with_user_and_password(server: MailServer, trusted: None):
    send(mail_by(server.url(credentials="us%40er:p%2Fw@")))
    (message,) = server.does.received
    assert message["To"] == "ana@example.org"
    assert message["From"] == "Chainrule <chainrule@example.org>"
    assert message["Subject"] == "Tu contraseña"
    assert message.get_content().replace("\r\n", "\n") == "Hola, Inés\n.\nhttps://example.org/reset/abc\n"
    assert message["Message-ID"].endswith("@example.org>")
    assert server.does.encrypted == [True]
    assert server.does.logins == ["us@er:p/w"]


def test_it_delivers_over_tls_from_the_start(server: MailServer, trusted: None):
    server.does.tls = "from the start"
    send(mail_by(server.url("smtps")))
    assert server.does.encrypted == [True]


def test_it_delivers_in_the_clear_where_that_is_said(server: MailServer):
    server.does.tls = "no"
    send(mail_by(server.url(query="?tls=no")))
    assert server.does.encrypted == [False]


def test_it_sends_nothing_where_starttls_is_not_offered(server: MailServer):
    server.does.tls = "no"
    with pytest.raises(MailServerError, match="STARTTLS extension not supported"):
        send(mail_by(server.url(credentials="user:secret@")))
    assert server.does.logins == server.does.received == []


@pytest.mark.parametrize(("scheme", "tls"), [("smtp", "starttls"), ("smtps", "from the start")])
def test_it_sends_nothing_to_a_server_that_cannot_prove_its_name(server: MailServer, scheme: str, tls: str):
    server.does.tls = tls
    with pytest.raises(MailServerError, match="certificate verify failed"):
        send(mail_by(server.url(scheme)))
    assert server.does.received == []


@pytest.mark.parametrize(
    ("verb", "refusal", "error", "words"),
    [
        ("RCPT", "550 no\x07 such user", MailError, "refuses the address: 550 no such user"),
        ("DATA", "554 spam", MailError, "refuses the e-mail: 554 spam"),
        ("MAIL", "530 who are you", MailServerError, "refuses us: 530 who are you"),
        ("AUTH", "535 wrong", MailServerError, "refuses user and password: look at CHAINRULE_SMTP_URL"),
    ],
)
def test_a_refusal_says_whose_it_is(server: MailServer, trusted: None, verb, refusal, error, words):
    server.does.refused[verb] = refusal
    with pytest.raises(MailError, match=words) as told:
        send(mail_by(server.url(credentials="user:secret@")))
    assert type(told.value) is error
    assert "secret" not in str(told.value)


def test_a_server_that_is_not_there_is_named(server: MailServer):
    with pytest.raises(MailServerError, match=r"localhost:1 cannot be used: .*refused"):
        send(mail_by("smtp://localhost:1"))


def test_without_a_server_it_goes_to_the_log_as_one_entry(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    send(mail_by())
    (record,) = caplog.records
    for part in ("ana@example.org", "CHAINRULE_SMTP_URL", "Tu contraseña", "https://example.org/reset/abc"):
        assert part in record.getMessage()


@pytest.mark.parametrize(
    "url",
    [
        "localhost:25",
        "http://localhost",
        "smtp://",
        "smtp://user:secret@host:port",
        "smtp://user:secret@host/path",
        "smtp://user:secret@host?tls=yes",
        "smtp://user:secret@host?tls",
        "smtps://user:secret@host?tls=no",
    ],
)
def test_a_bad_address_of_a_server_is_refused_at_the_start_and_its_password_not_repeated(url: str):
    with pytest.raises(SettingsError, match=r"CHAINRULE_SMTP_URL is .*, which names no mail server") as told:
        mail_by(url)
    assert "secret" not in str(told.value).replace("smtp", "")


@pytest.mark.parametrize("sender", ["", "Chainrule", "a@b@c", "<>"])
def test_a_bad_sender_is_refused_at_the_start(sender: str):
    with pytest.raises(SettingsError, match="CHAINRULE_MAIL_FROM is"):
        mail_by(sender=sender)


def test_the_letters_say_what_to_do_and_carry_the_link():
    letters = {
        "Your account for Deep Learning 2026": invitation("Ana", "https://x/welcome/1", "Deep Learning 2026", 30),
        "Your account for Chainrule": invitation("Ana", "https://x/welcome/1", "", 30),
        "Choose a new password": reset("Ana", "https://x/reset/1", "https://x"),
    }
    for subject, letter in letters.items():
        assert letter.subject == subject
        assert letter.text.startswith("Hello Ana,\n")
        assert "works once" in letter.text
        assert "https://x/" in letter.text
        assert "\n\n\n" not in letter.text


def invitations(count: int) -> list[Invitation]:
    return [Invitation(f"s{n}@example.org", f"S {n}", f"https://x/welcome/{n}") for n in range(count)]


def test_invitations_are_delivered_to_each(server: MailServer, trusted: None):
    deliveries = deliver(mail_by(server.url()), Settings(), invitations(2), "Deep Learning 2026")
    assert [each.sent for each in deliveries] == [True, True]
    assert [message["To"] for message in server.does.received] == ["s0@example.org", "s1@example.org"]
    assert "https://x/welcome/1" in server.does.received[1].get_content()


def test_an_address_that_is_refused_does_not_stop_the_others(server: MailServer, trusted: None):
    server.does.refused["RCPT"] = "550 no such user"
    deliveries = deliver(mail_by(server.url()), Settings(), invitations(2))
    assert [each.sent for each in deliveries] == [False, False]
    assert all("550 no such user" in (each.problem or "") for each in deliveries)
    assert server.does.connections == 2


def to(*addresses: str) -> list[Invitation]:
    return [Invitation(each, "S", "https://x/welcome/1") for each in addresses]


@pytest.mark.parametrize(
    "address", ["josé@example.org", "a..b@example.org", "a@example..org", "a@example.org\r\nBcc: b"]
)
def test_an_address_that_no_e_mail_can_have_does_not_stop_the_others(server: MailServer, trusted: None, address: str):
    deliveries = deliver(mail_by(server.url()), Settings(), to(address, "s1@example.org"))
    assert [each.sent for each in deliveries] == [False, True]
    assert "no e-mail can be written to" in (deliveries[0].problem or "")
    assert [message["To"] for message in server.does.received] == ["s1@example.org"]


def test_an_address_that_the_server_cannot_read_does_not_stop_the_others(server: MailServer, trusted: None):
    deliveries = deliver(mail_by(server.url()), Settings(), to("ana@münchen.example", "s1@example.org"))
    assert [each.sent for each in deliveries] == [False, True]
    assert "takes no address such as ana@münchen.example" in (deliveries[0].problem or "")


def test_a_password_that_cannot_be_sent_is_the_server_s_problem(server: MailServer, trusted: None):
    with pytest.raises(MailServerError, match="look at CHAINRULE_SMTP_URL"):
        send(mail_by(server.url(credentials="user:contrase%C3%B1a@")))


@pytest.mark.parametrize(
    "address", ["josé@uni.es", "a..b@x.yz", ".a@x.yz", "a.@x.yz", "a@x..yz", "a@x.yz.", "a@.x.yz", "=?utf-8?q?a?=@x.yz"]
)
def test_nobody_gets_an_account_whom_no_e_mail_would_reach(address: str):
    with pytest.raises(Invalid, match="no e-mail address"):
        normalise_email(address)


@pytest.mark.parametrize("address", ["o'brien@x.yz", "a+b@x.yz", "a.b@x-y.z", "a@x_y.z", "ana@münchen.de"])
def test_an_unusual_address_is_one(address: str):
    assert normalise_email(address) == address


def test_a_server_that_cannot_be_used_is_asked_once(server: MailServer, trusted: None):
    server.does.refused["MAIL"] = "421 not now"
    deliveries = deliver(mail_by(server.url()), Settings(), invitations(3))
    assert [each.sent for each in deliveries] == [False] * 3
    assert len({each.problem for each in deliveries}) == 1
    assert server.does.connections == 1
