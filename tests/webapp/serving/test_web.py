"""The web server with real sockets and processes."""

from __future__ import annotations

import http.client
import os
import re
import signal
import threading

import pytest

from webapp.serving.errors import AddressRefused
from webapp.serving.web import answers, listen, url_of

WEB = """
import os, sys, time
from webapp.serving.web import inherited, run_web

def create():
    made_in = os.getpid()
    def application(environ, start_response):
        if environ["PATH_INFO"] == "/slow":
            print("slow has begun", file=sys.stderr)
            time.sleep(0.3)
        status = "500 Broken" if environ["PATH_INFO"] == "/broken" else "200 OK"
        start_response(status, [("Content-Type", "text/plain")])
        told = (made_in == os.getpid(), os.getppid(), environ["wsgi.url_scheme"], environ["REMOTE_ADDR"])
        return [repr(told).encode()]
    return application

run_web(create, inherited(int(sys.argv[1])), workers=1, threads=2)
"""

SERVE = f"""
from webapp.serving.web import answers, listen, url_of

with listen("127.0.0.1", 0) as listener:
    url = url_of(listener)
    print("url", url, flush=True)
    serve(Part("web", [sys.executable, "-c", {WEB!r}, str(listener.fileno())],
               ready=lambda: answers(url), fds=[listener.fileno()]))
"""


@pytest.fixture
def web(serve):
    """A web server under a supervisor, and a way to ask it."""
    server = serve(SERVE)
    server.shows("all ready")
    address = re.search(r"^url http://(.*):(\d+)$", server.text, re.MULTILINE)

    class Web:
        host, port, supervisor = address[1], int(address[2]), server

        def get(self, path="/", **headers):
            connection = http.client.HTTPConnection(self.host, self.port, timeout=10)
            try:
                connection.request("GET", path, headers=headers)
                response = connection.getresponse()
                return response.status, response.read().decode()
            finally:
                connection.close()

    return Web()


def test_each_worker_makes_its_own_application(web):
    status, text = web.get()
    assert status == 200
    assert text.startswith("(True,")


def test_what_a_client_says_of_its_address_is_not_believed(web):
    _, text = web.get(**{"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.1.2.3"})
    assert text.endswith("'http', '127.0.0.1')")


def test_a_header_that_is_too_large_is_refused(web):
    assert web.get(**{"X-Large": "x" * 10_000})[0] == 431


def test_a_crash_of_the_web_part_refuses_no_connection(web):
    """The supervisor holds the socket: who comes while the part starts again, waits."""
    _, text = web.get()
    os.kill(int(re.search(r"\d+", text)[0]), signal.SIGKILL)
    web.supervisor.shows("web was killed by SIGKILL; starts again in 0.2 s")
    status, _ = web.get()
    assert status == 200


def test_a_request_that_has_begun_is_answered_before_the_stop(web):
    answered = []
    thread = threading.Thread(target=lambda: answered.append(web.get("/slow")[0]))
    thread.start()
    web.supervisor.shows("slow has begun")
    web.supervisor.send(signal.SIGTERM)
    assert web.supervisor.ends() == 0
    thread.join()
    assert answered == [200]
    web.supervisor.leaves_nothing()


def test_it_writes_no_line_for_a_request_and_opens_no_control_socket(web):
    web.get("/some/page")
    web.supervisor.send(signal.SIGTERM)
    web.supervisor.ends()
    assert "/some/page" not in web.supervisor.text
    assert "ontrol socket" not in web.supervisor.text


def test_an_application_that_cannot_be_made_is_shown(serve):
    server = serve(SERVE.replace("made_in = os.getpid()", "return 1 / 0"))
    assert server.ends() == 3
    assert "web ended with exit code 3 before it was ready" in server.text
    assert "ZeroDivisionError" in server.text


def test_a_broken_application_does_not_count_as_an_answer(web):
    url = f"http://{web.host}:{web.port}"
    assert answers(url)
    assert not answers(f"{url}/broken")


def test_a_socket_that_listens_does_not_count_as_an_answer():
    with listen("127.0.0.1", 0) as listener:
        assert not answers(url_of(listener), timeout_s=0.05)


def test_the_address_is_the_real_one():
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        assert port > 0
        assert url_of(listener) == f"http://127.0.0.1:{port}"


def test_an_address_of_the_sixth_version_stands_in_brackets():
    class Listener:
        """As a socket would be; not every machine has such an address."""

        def getsockname(self):
            return "::1", 8000, 0, 0

    assert url_of(Listener()) == "http://[::1]:8000"


def test_an_address_in_use_is_refused_with_the_way_out():
    with listen("127.0.0.1", 0) as listener, pytest.raises(AddressRefused, match=r"in use\. .*--port 0") as refusal:
        listen("127.0.0.1", listener.getsockname()[1])
    assert refusal.value.exit_code == 2


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(AddressRefused, match=r"^Cannot listen on 192\.0\.2\.1, port 0: "):
        listen("192.0.2.1", 0)


@pytest.mark.parametrize("host", ["nosuch.invalid", "x" * 70, "256.0.0.1"])
def test_a_name_that_is_no_address_of_ours_is_told_with_its_reason(host):
    with pytest.raises(AddressRefused, match=r"Cannot listen on .*Choose another --host\.") as refused:
        listen(host, 0)
    assert "Unknown error" not in str(refused.value)
