"""The web server: gunicorn, started from Python, with the settings that this application needs."""

from __future__ import annotations

import gc
import http.client
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import urlsplit

from webapp.serving.errors import AddressRefused

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

GRACE_S: Final = 10
"""How long a request that has begun may take once the server is to stop."""

_BACKLOG: Final = 2048


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes a free one. Raises AddressRefused."""
    try:
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)  # says what is wrong with a name, as the next does not
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=_BACKLOG
        )
    except (socket.gaierror, UnicodeError) as error:
        reason = getattr(error, "strerror", "that is no name of a machine")
        raise AddressRefused(f"Cannot listen on {host}: {reason}. Choose another --host.") from error
    except OSError as error:
        # Python adds the address to the text of some of them.
        reason = os.strerror(error.errno or 0)
        raise AddressRefused(
            f"Cannot listen on {host}, port {port}: {reason}. Choose another port; --port 0 takes one that is free."
        ) from error


def inherited(descriptor: int) -> socket.socket:
    """The listening socket that the supervisor has handed down, so that a restart of the web part loses no one."""
    return socket.socket(fileno=descriptor)


def url_of(listener: socket.socket) -> str:
    """The address, as a browser takes it."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def answers(url: str, timeout_s: float = 0.5) -> bool:
    """Whether the application answers there. A connection is no proof: the supervisor's socket takes it at any time."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False  # not there yet: this is the answer, not a failure
    finally:
        connection.close()


def run_web(factory: Callable[[], WSGIApplication], listener: socket.socket, *, workers: int, threads: int) -> NoReturn:
    """Serves the application that `factory` makes, once in each worker process, until a signal stops it.

    Headers that a reverse proxy sets are passed on and not believed: how many proxies to believe is the application's
    to say (CHAINRULE_PROXIES).
    """
    # gunicorn takes 0.1 s to import, and only this function needs it.
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

    class Server(BaseApplication):  # type: ignore[misc]
        """gunicorn without its command line, its configuration file and its environment variables."""

        def load_config(self) -> None:
            for name, value in _configuration(listener, workers, threads).items():
                self.cfg.set(name, value)

        def load(self) -> WSGIApplication:
            application = factory()
            spare_the_collector()
            return application

    Server().run()
    raise AssertionError("gunicorn ends by itself")


def spare_the_collector() -> None:
    """Takes what is there from now on for good: else the garbage collector walks through all of it in a long page."""
    gc.collect()
    gc.freeze()


def _configuration(listener: socket.socket, workers: int, threads: int) -> dict[str, Any]:
    memory = Path("/dev/shm")
    return {
        # gunicorn closes the descriptor it is given, so it becomes the owner.
        "bind": f"fd://{listener.detach()}",
        "backlog": _BACKLOG,
        "worker_class": "gthread",
        "workers": workers,
        "threads": threads,
        # A connection to SQLite, PostgreSQL or Redis must not cross a fork: each worker makes its own application.
        "preload_app": False,
        "timeout": 30,
        "graceful_timeout": GRACE_S,
        "keepalive": 5,
        "limit_request_line": 4094,
        "limit_request_fields": 64,
        "limit_request_field_size": 8190,
        "forwarded_allow_ips": "",
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "info",
        "proc_name": "chainrule",
        # Nobody steers it by a socket in the operator's home.
        "control_socket_disable": True,
        # A worker shows that it lives by touching a file; on a busy disk that would block.
        "worker_tmp_dir": str(memory) if os.access(memory, os.W_OK) else None,
    }
