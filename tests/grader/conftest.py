"""A stand-in for the server: it speaks the API's contract on a free port of this machine, and fails when it is told to."""

from __future__ import annotations

import json
import socket
import threading
import time
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


class StandIn:
    """The server's state, and what it does next instead of answering (`mishaps`, one a request)."""

    token = "crt_0123456789abcdef"

    def __init__(self):
        self.requests = []
        self.submissions = []
        self.keys = {}
        self.revoked = False
        self.polls_until_graded = 0
        self.report = None
        self.mishaps = []
        self.grades = {"scale": {"lowest": "0", "highest": "10"}, "grade": {"low": "0", "high": "10"}, "components": []}
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"stand_in": self}))
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    def close_port(self):
        """From now on nothing answers."""
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def asked(self, path):
        """How often a path was asked for."""
        return sum(each["path"] == path for each in self.requests)

    def answers(self, status, detail="", **headers):
        """The next request is answered with this problem."""
        self.mishaps.append(lambda handler, work: _problem(status, "A title", detail, headers))

    def answers_as_a_proxy(self, status, body=HTML, **headers):
        """The next request is answered by something else than the API."""
        self.mishaps.append(lambda handler, work: (status, {"Content-Type": "text/html", **headers}, body))

    def drops(self, *, after):
        """The next connection ends without an answer: before the work is done, or after it."""

        def mishap(handler, work):
            if after:
                work()
            handler.connection.shutdown(socket.SHUT_RDWR)

        self.mishaps.append(mishap)

    def dawdles(self, seconds):
        """The next answer comes late."""

        def mishap(handler, work):
            time.sleep(seconds)
            return work()

        self.mishaps.append(mishap)

    def tears(self):
        """The next answer ends in its middle."""

        def mishap(handler, work):
            status, headers, body = work()
            return status, {**headers, "Content-Length": str(len(body) + 9)}, body

        self.mishaps.append(mishap)

    def answer(self, method, path, query, headers, body):
        """What a server that works well answers."""
        if headers["Authorization"] != f"Bearer {self.token}" or self.revoked:
            return _problem(401, "Unauthorised", "The token is not known, or was revoked.")
        match method, *path.removeprefix("/api/v1/").split("/"):
            case "GET", "me":
                course = {"slug": "dl-2026", "title": "Deep learning", "edition": "2026", "role": "student"}
                return self._json(200, {"name": "Ada", "email": "ada@example.org", "courses": [course]})
            case "GET", "exercises":
                return self._json(200, {"exercises": [{"name": "scale"}, {"name": "layer"}]})
            case "POST", "exercises", name, "submissions":
                return self._accept(unquote(name), headers, body)
            case "GET", "submissions":
                wanted = [
                    each
                    for each in reversed(self.submissions)
                    if each["exercise"] in query.get("exercise", each["exercise"])
                ]
                return self._json(200, {"submissions": wanted[: int(query["limit"][0])]})
            case "GET", "submissions", identifier:
                return self._one(identifier)
            case "GET", "grades":
                return self._json(200, self.grades)
            case "DELETE", "tokens", "current":
                self.revoked = True
                return 204, {}, b""
        return _problem(404, "Not found", f"There is nothing at {path}.")

    def _accept(self, name, headers, body):
        if name not in ("scale", "layer"):
            return _problem(404, "No such exercise", f"There is no exercise {name!r}.")
        key = headers["Idempotency-Key"]
        if key not in self.keys:
            self.keys[key] = len(self.submissions)
            self.submissions.append(
                {
                    "id": f"s{len(self.submissions) + 1}", "exercise": name, "state": "queued", "position": 3,
                    "estimate_s": 4.2, "received_at": "2026-05-02T21:40:12Z", "receipt": "receipt-of-ada", "report": None,
                    "url": f"/submissions/s{len(self.submissions) + 1}", "received": _received(headers, body),
                }
            )  # fmt: skip
        return self._json(201, {k: v for k, v in self.submissions[self.keys[key]].items() if k != "received"})

    def _one(self, identifier):
        found = [each for each in self.submissions if each["id"] == identifier]
        if not found:
            return _problem(404, "No such submission", f"There is no submission {identifier!r} of yours.")
        if self.polls_until_graded <= 0:
            found[0].update(state="graded", position=None, estimate_s=None, report=self.report)
        self.polls_until_graded -= 1
        return self._json(200, {k: v for k, v in found[0].items() if k != "received"})

    def _json(self, status, document):
        return status, {"Content-Type": "application/json"}, json.dumps(document).encode()


def _problem(status, title, detail, headers=None, **more):
    """An error as RFC 9457 writes it."""
    document = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return status, {"Content-Type": "application/problem+json", **(headers or {})}, json.dumps(document).encode()


def _received(headers, body):
    """The file name and the text or bytes of a submission, from JSON or from a form."""
    if headers["Content-Type"] == "application/json":
        document = json.loads(body)
        return document["filename"], document["source"]
    form = BytesParser(EmailMessage, policy=HTTP).parsebytes(
        f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode() + body
    )
    (part,) = form.iter_parts()
    assert part.get_param("name", header="Content-Disposition") == "file"
    return part.get_filename(), part.get_payload(decode=True)


class _Handler(BaseHTTPRequestHandler):
    stand_in: StandIn

    def do_GET(self):
        stand_in = self.stand_in
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        query = parse_qs(address.query)
        stand_in.requests.append(
            {"method": self.command, "path": address.path, "query": query, "headers": self.headers, "body": body}
        )

        def work():
            return stand_in.answer(self.command, address.path, query, self.headers, body)

        answer = stand_in.mishaps.pop(0)(self, work) if stand_in.mishaps else work()
        if answer is None:
            return
        status, headers, data = answer
        try:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(data)
        except (BrokenPipeError, ConnectionResetError):
            return  # the client had no patience

    do_POST = do_DELETE = do_GET  # noqa: N815

    def log_message(self, *arguments):
        """Says nothing: the requests are in the stand-in's list."""


@pytest.fixture
def stand_in():
    """A server that works well until it is told otherwise."""
    server = StandIn()
    yield server
    server.close_port()
