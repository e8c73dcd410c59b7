"""The student's side of the server's API, `/api/v1`: one request at a time over urllib, its failures told by kind.

    ClientError
    ├── Unreachable   no answer came: no such machine, refused, timed out, dropped, no valid certificate
    ├── Busy          the server asks to come back later than we are ready to wait
    ├── Refused       the request is wrong, and the answer says why
    └── Broken        the server failed, or what answered is no Chainrule server

What may pass (a dropped connection, a busy server) is tried again, later each time, until the client's patience is
over. That is safe for a submission too: it carries an idempotency key, so that the server takes it once, however often
it arrives.
"""

from __future__ import annotations

import http.client
import json
import random
import socket
import ssl
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from types import UnionType
from typing import Any, Final, Literal, NoReturn, get_args, get_origin, get_type_hints
from urllib.parse import quote, urlencode, urljoin, urlsplit

from grader import __version__
from grader.report import Report

Document = dict[str, Any]

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
LONG_POLL_S: Final = 5
"""How long the server may hold a question for a verdict: short enough to show how the queue moves."""

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 8.0
_FIRST_POLL_S, _LONGEST_POLL_S = 0.05, 1.0
_MOST_BYTES = 32 * 2**20


class ClientError(Exception):
    """A request that brought no result. `passing` says whether the same request may do so in `after` seconds."""

    def __init__(self, text: str, *, passing: bool = False, after: float | None = None) -> None:
        super().__init__(text)
        self.passing = passing
        self.after = after


class Unreachable(ClientError):
    """No answer came, so that nobody knows whether the request arrived."""


class Busy(ClientError):
    """The server, or the proxy before it, asks to come back later.

    `changed_nothing`: each try was turned away before anything was done with it.
    """

    changed_nothing = False


class Refused(ClientError):
    """The request is wrong. `status` is HTTP's; `explained` tells whether the API itself answered, with its reason."""

    def __init__(self, text: str, status: int, *, explained: bool) -> None:
        super().__init__(text)
        self.status = status
        self.explained = explained


class Broken(ClientError):
    """The server failed, or something else answered in its place."""


@dataclass(frozen=True)
class Upload:
    """What a submission sends: a body, and its content type."""

    body: bytes
    content_type: str

    @classmethod
    def of_source(cls, source: str, filename: str) -> Upload:
        """A Python file, as JSON."""
        name = filename.encode("utf-8", "replace").decode()  # the system may hold names that are no text
        return cls(json.dumps({"source": source, "filename": name}).encode(), "application/json")

    @classmethod
    def of_file(cls, data: bytes, filename: str) -> Upload:
        """A file of any kind, byte for byte, as a form's field `file`."""
        boundary = uuid.uuid4().hex
        name = filename.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")  # as browsers write it
        head = (
            f"--{boundary}\r\n"
            f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = head.encode("utf-8", "replace") + data + f"\r\n--{boundary}--\r\n".encode()
        return cls(body, f"multipart/form-data; boundary={boundary}")


class Client:
    """The API of one server, as one user.

    `patience_s`: how long a request may take in all, tries and pauses together, before its failure is raised.
    `tell` is given a sentence before each pause: why, and how long. `sleep` and `clock` are
    the system's, for tests to replace.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        patience_s: float = 5.0,
        timeout_s: float = 20.0,
        tell: Callable[[str], None] = lambda text: None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.url = url
        self.patience_s = patience_s
        self.timeout_s = timeout_s
        self._token = token
        self.tell = tell
        self._sleep = sleep
        self._clock = clock
        # A proxy, if the environment names one, is for other machines; this one is reached directly.
        proxies = [urllib.request.ProxyHandler({})] if urlsplit(url).hostname in LOOPBACK else []
        self._opener = urllib.request.build_opener(_EveryAnswer, *proxies)

    def me(self) -> Document:
        """Who the token belongs to, and the courses."""
        return _shaped(self._ask("GET", "/me"), name=str, email=str, courses=list)

    def exercises(self) -> list[Document]:
        """The exercises of the user's course."""
        document = _shaped(self._ask("GET", "/exercises"), exercises=list)
        return [_shaped(each, name=str) for each in document["exercises"]]

    def submit(self, exercise: str, upload: Upload, key: str) -> Document:
        """Hands a file in, once for each `key`. Gives the submission as it was accepted."""
        headers = {"Content-Type": upload.content_type, "Idempotency-Key": key}
        document = self._ask("POST", f"/exercises/{quote(exercise, safe='')}/submissions", upload.body, headers)
        return _shaped(document, id=(str, int), state=str)

    def submission(self, identifier: str, wait_s: int = 0) -> Document:
        """One submission; with `wait_s` the server may hold the answer that long for the verdict."""
        query = {"wait": wait_s} if wait_s else {}
        return _submission(self._ask("GET", _path(f"/submissions/{quote(identifier, safe='')}", query)))

    def follow(self, identifier: str) -> Iterator[Document]:
        """The submission as it is, again and again; the last one is graded.

        A server that holds the question until something happens is asked again at once; one that answers immediately is
        asked after 50 ms, and then more and more slowly.
        """
        pause = _FIRST_POLL_S
        self._sleep(pause)
        while True:
            asked = self._clock()
            document = self.submission(identifier, LONG_POLL_S)
            yield document
            if document["state"] == "graded":
                return
            pause = min(2 * pause, _LONGEST_POLL_S)
            self._sleep(max(0.0, asked + pause - self._clock()))

    def submissions(self, exercise: str | None, limit: int) -> list[Document]:
        """The user's latest submissions, the newest first."""
        query = {"limit": limit} if exercise is None else {"exercise": exercise, "limit": limit}
        document = _shaped(self._ask("GET", _path("/submissions", query)), submissions=list)
        return [_shaped(each, id=(str, int), exercise=str, state=str) for each in document["submissions"]]

    def grades(self) -> Document:
        """The tree of grades."""
        document = _shaped(self._ask("GET", "/grades"), grade=dict, scale=dict, components=list)
        _shaped(document["grade"], low=_NUMBER, high=_NUMBER)
        _shaped(document["scale"], lowest=_NUMBER, highest=_NUMBER)
        _check_components(document["components"])
        return document

    def revoke(self) -> None:
        """Makes the token worthless."""
        self._ask("DELETE", "/tokens/current")

    def page(self, address: str) -> str:
        """The full address of a page that the server names, be it complete or a path."""
        return urljoin(f"{self.url}/", address)

    def _ask(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = {}) -> Any:
        """The answer's document; passing failures are tried again while patience lasts."""
        give_up = self._clock() + self.patience_s
        pause = _FIRST_PAUSE_S
        unsure = False
        while True:
            try:
                return self._once(method, path, body, headers)
            except ClientError as error:
                unsure = unsure or not (isinstance(error, Busy) and error.changed_nothing)
                if isinstance(error, Busy):
                    error.changed_nothing = not unsure
                # A class that was told the same time must not come back in the same instant.
                delay = max(pause, error.after or 0.0) * random.uniform(1.0, 1.25)
                if not error.passing or self._clock() + delay > give_up:
                    raise
                self.tell(f"{error} Trying again in {max(1, round(delay))} s.")
            self._sleep(delay)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    def _once(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Any:
        request = urllib.request.Request(
            f"{self.url}/api/v1{path}",
            data=body,
            method=method,
            headers={
                "Accept": "application/json, application/problem+json",
                "User-Agent": f"chainrule/{__version__}",
                **headers,
            },
        )
        request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        try:
            with self._opener.open(request, timeout=self.timeout_s) as response:
                status, told, data = response.status, response.headers, _whole(response)
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from error
        if status == 204:
            return {}
        document = _json(data)
        if 200 <= status < 300:
            if document is None:
                raise Broken(f"{self.url} answers, but not as a Chainrule server does.")
            return document
        raise self._failure(status, told, document)

    def _failure(self, status: int, headers: Mapping[str, str], document: Any) -> ClientError:
        """What an answer that is no success means."""
        if 300 <= status < 400:  # never followed: the token is for this server alone
            return Refused(
                f"{self.url} sends you on to {headers.get('Location', 'nowhere')} .", status, explained=False
            )
        explained = isinstance(document, dict) and bool(document.get("detail") or document.get("title"))
        reason = _reason(document) if explained else f"{self.url} answers {status} without a reason."
        if status in (429, 502, 503, 504):
            after = headers.get("Retry-After", "")
            busy = Busy(reason, passing=True, after=float(after) if after.isdecimal() else None)
            busy.changed_nothing = status == 429
            return busy
        if 400 <= status < 500:
            return Refused(reason, status, explained=explained)
        return Broken(reason)

    def _unreachable(self, error: Exception) -> Unreachable:
        """What a failure of the connection means; foreign exceptions are translated here and nowhere else."""
        cause = error.reason if isinstance(error, urllib.error.URLError) else error
        host = urlsplit(self.url).hostname
        if isinstance(cause, socket.gaierror):
            return Unreachable(f"No machine named {host} is found. Check the address, and your connection.")
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Unreachable(
                f"{self.url} does not prove who it is ({cause.verify_message}), so nothing was sent. Check the address "
                "and this machine's clock and certificates; SSL_CERT_FILE names an authority of your own."
            )
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return Unreachable(f"{self.url} does not speak https as it should ({cause}). Check the address.")
        if isinstance(cause, TimeoutError):
            return Unreachable(f"{self.url} did not answer within {self.timeout_s:g} s.", passing=True)
        if isinstance(cause, ConnectionRefusedError):
            return Unreachable(f"Nothing answers at {self.url}.", passing=True)
        return Unreachable(f"The connection to {self.url} broke off ({cause}).", passing=True)


class _EveryAnswer(urllib.request.HTTPErrorProcessor):
    """Gives every answer back as it is: none is an exception, and no redirection is followed."""

    def http_response(self, request: urllib.request.Request, response: Any) -> Any:
        return response

    https_response = http_response


def report_of(document: Document) -> Report:
    """The report of a graded submission. Raises Broken where there is none."""
    try:
        report = Report.from_dict(document["report"])
        if not _fits(report, Report):
            raise TypeError("a value is of another kind")
        return report
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Broken(f"The server's report of submission {document['id']} cannot be read ({error!r}).") from error


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value, with all that is in it, is of the kind that an annotation says."""
    inner = get_args(kind)
    if kind is Any:
        return True
    if isinstance(kind, UnionType):
        return any(_fits(value, each) for each in inner)
    if get_origin(kind) is Literal:
        return value in inner
    if get_origin(kind) is list:
        return isinstance(value, list) and all(_fits(each, inner[0]) for each in value)
    if isinstance(kind, type) and is_dataclass(kind):
        fields = get_type_hints(kind).items()
        return isinstance(value, kind) and all(_fits(getattr(value, name), each) for name, each in fields)
    return isinstance(value, (int, float) if kind is float else get_origin(kind) or kind)


def _path(path: str, query: Mapping[str, object]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _whole(response: Any) -> bytes:
    """The body, all of it. Raises IncompleteRead where the connection ended before."""
    data: bytes = response.read(_MOST_BYTES)
    promised = response.headers.get("Content-Length", "")
    if promised.isdecimal() and len(data) < min(int(promised), _MOST_BYTES):
        raise http.client.IncompleteRead(data, int(promised) - len(data))
    return data


def _json(data: bytes) -> Any:
    """The document, or None where it is no JSON."""
    try:
        return json.loads(data, parse_constant=_no_json)
    except (ValueError, RecursionError):
        return None


def _no_json(name: str) -> NoReturn:
    """NaN and the infinities: Python's reader takes them, JSON does not know them."""
    raise ValueError(name)


def _reason(problem: Document) -> str:
    """A problem document (RFC 9457) as sentences."""
    sentences = [str(problem[key]).strip() for key in ("title", "detail") if problem.get(key)]
    lines = [" ".join(each if each.endswith((".", "?")) else f"{each}." for each in sentences)]
    errors = problem.get("errors")
    for each in errors if isinstance(errors, list) else []:
        if isinstance(each, dict):
            place, text = each.get("pointer") or each.get("field"), each.get("detail") or each.get("message")
            lines.append(f"{place}: {text}" if place and text else str(text or place or each))
        else:
            lines.append(str(each))
    return "\n  ".join(lines)


_NUMBER = (str, int, float)


def _shaped(document: Any, **kinds: type | tuple[type, ...]) -> Document:
    """The document, when it holds these keys with values of these kinds. Raises Broken, naming the key."""
    if not isinstance(document, dict):
        raise Broken("The server's answer cannot be read: a JSON object was expected.")
    for key, kind in kinds.items():
        if not isinstance(document.get(key), kind):
            raise Broken(f"The server's answer cannot be read: its {key!r} is {document.get(key)!r}.")
    return document


def _submission(document: Any) -> Document:
    known = _shaped(document, id=(str, int), exercise=str, state=str)
    return _shaped(known, report=dict) if known["state"] == "graded" else known


def _check_components(components: list[Any]) -> None:
    for each in components:
        _shaped(each, title=str, weight=_NUMBER, state=str)
        _check_components(each.get("components") or [])
