"""E-mail: sent through the server that the settings name, or written to the log where they name none.

    smtp://USER:PASSWORD@HOST:587    STARTTLS, and nothing is sent where the server does not offer it
    smtps://USER:PASSWORD@HOST:465   TLS from the first byte
    smtp://HOST:25?tls=no            in the clear, for a relay on the same machine or in the same private network

Reserved characters of user and password are percent-encoded, as in every URL.
"""

from __future__ import annotations

import logging
import smtplib
import ssl
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from webapp.settings import Settings, SettingsError, masked

TIMEOUT_S: Final = 10
"""How long the mail server may take for each of its answers."""

log = logging.getLogger(__name__)


class MailError(Exception):
    """An e-mail that was not sent; the text says why."""


class MailServerError(MailError):
    """The mail server cannot be used as it is: no other e-mail would be sent either."""


@dataclass(frozen=True)
class _Server:
    host: str
    port: int
    user: str
    password: str
    tls: str
    """`from the start`, `starttls` or `no`."""


class Mail:
    """Sends e-mails. Raises SettingsError when the settings name a server or a sender that can be none."""

    def __init__(self, settings: Settings) -> None:
        self._server = _read_server(settings.smtp_url) if settings.smtp_url else None
        self._sender = _read_sender(settings.mail_from)

    @property
    def leaves(self) -> bool:
        """Whether e-mails leave this machine; otherwise they go to the log."""
        return self._server is not None

    def send(self, to: str, subject: str, text: str) -> None:
        """Sends a plain text. Raises MailServerError when the server is the reason that it is not sent, or MailError."""
        if self._server is None:
            log.info("e-mail for %s, here because CHAINRULE_SMTP_URL is not set\nSubject: %s\n\n%s", to, subject, text)
            return
        try:
            message = self._write(mailbox(to), subject, text)
        except ValueError as error:
            raise MailError(f"no e-mail can be written to {to!r}: {error}") from error
        _hand_over(self._server, message)

    def _write(self, to: Address, subject: str, text: str) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"] = self._sender, to
        message["Subject"], message["Date"] = subject, formatdate()
        message["Message-ID"] = make_msgid(domain=self._sender.domain)
        message["Auto-Submitted"] = "auto-generated"  # holiday notices are not sent in answer to it
        message.set_content(text)
        return message


def mailbox(address: str, name: str = "") -> Address:
    """An address as the headers of an e-mail take it. Raises ValueError for what is none."""
    try:
        return Address(name, addr_spec=address)
    except (HeaderParseError, IndexError) as error:
        raise ValueError(str(error)) from error


def _hand_over(server: _Server, message: EmailMessage) -> None:
    place = f"the mail server {server.host}:{server.port}"
    try:
        with _connect(server) as connection:
            if server.user:
                connection.login(server.user, server.password)
            _send(connection, message, place)
    except smtplib.SMTPRecipientsRefused as error:
        (refusal,) = error.recipients.values()
        raise MailError(f"{place} refuses the address: {_words(*refusal)}") from error
    except smtplib.SMTPDataError as error:
        raise MailError(f"{place} refuses the e-mail: {_words(error.smtp_code, error.smtp_error)}") from error
    except smtplib.SMTPAuthenticationError as error:
        raise MailServerError(f"{place} refuses user and password: look at CHAINRULE_SMTP_URL") from error
    except smtplib.SMTPResponseException as error:
        raise MailServerError(f"{place} refuses us: {_words(error.smtp_code, error.smtp_error)}") from error
    except smtplib.SMTPNotSupportedError as error:
        raise MailServerError(f"{place} cannot do what is needed: {error}") from error
    except OSError as error:  # the rest of smtplib's errors are of this kind, too
        raise MailServerError(f"{place} cannot be used: {error}") from error
    except UnicodeEncodeError as error:
        raise MailServerError(f"{place} takes no such user and password: look at CHAINRULE_SMTP_URL") from error


def _send(connection: smtplib.SMTP, message: EmailMessage, place: str) -> None:
    try:
        connection.send_message(message)
    except smtplib.SMTPNotSupportedError as error:  # an address beyond ASCII: others may have a plain one
        raise MailError(f"{place} takes no address such as {message['To']}: {error}") from error


def _connect(server: _Server) -> smtplib.SMTP:
    if server.tls == "from the start":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
    connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    if server.tls == "starttls":
        try:
            connection.starttls(context=ssl.create_default_context())
        except BaseException:
            connection.close()
            raise
    return connection


def _words(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    plain = "".join(each if each.isprintable() else " " for each in said)
    return f"{code} {' '.join(plain.split())}"


def _read_server(url: str) -> _Server:
    try:
        parts = urlsplit(url)
        port, query = parts.port, parse_qs(parts.query, strict_parsing=True) if parts.query else {}
    except ValueError:
        raise _bad_server(url) from None
    tls = {"smtp": "starttls", "smtps": "from the start"}.get(parts.scheme)
    if tls == "starttls" and query == {"tls": ["no"]}:
        tls, query = "no", {}
    if tls is None or not parts.hostname or parts.path.strip("/") or query:
        raise _bad_server(url)
    usual = {"from the start": 465, "starttls": 587, "no": 25}[tls]
    return _Server(parts.hostname, port or usual, unquote(parts.username or ""), unquote(parts.password or ""), tls)


def _bad_server(url: str) -> SettingsError:
    return SettingsError(
        f"CHAINRULE_SMTP_URL is {masked(url)!r}, which names no mail server; expected smtp://USER:PASSWORD@HOST:587 or "
        "smtps://USER:PASSWORD@HOST:465"
    )


def _read_sender(text: str) -> Address:
    name, address = parseaddr(text)
    try:
        if not address:
            raise ValueError(text)
        return mailbox(address, name)
    except ValueError:
        raise SettingsError(
            f"CHAINRULE_MAIL_FROM is {text!r}, expected an e-mail address, as in Chainrule <chainrule@example.org>"
        ) from None
