"""The warm process: has NumPy imported, holds nothing hidden, and forks a fresh child for each submission.

Theory of operation. bubblewrap starts this program in namespaces of its own, on a read-only root, with an empty
environment and one descriptor, the control socket, whose number is its argument. As root it steps down to an ordinary
user before it imports anything big. Then it waits on the control socket, where the trusted side sends, one message a
packet, first its settings as JSON (NumPy, and so the wire, is not imported yet), which are answered by ["warm",
facts] or ["broken", why], and then, as msgpack:

    ["spawn", number] + two descriptors, the child's stream and its output pipe   ->  ["spawned", number] + its pidfd

and whenever a child has ended: ["exited", number, status, cpu_s, peak_memory_mb]. A child has its own user, pid, ipc
and network namespace, limits, Landlock and seccomp before it reads its first byte; it serves one submission, and it
dies with the trusted side's end of its stream, with a pidfd signal, or with this process. When the control socket
ends, so does everything.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
from typing import Any

from grader.inside import walls

STREAM = 3


def main() -> None:
    """Runs the warm process on the control socket that it inherited."""
    control = socket.socket(fileno=int(sys.argv[1]))
    try:
        settings, facts = _warm_up(control)
    except (walls.WallError, OSError) as error:
        control.send(_packed(["broken", str(error)]))
        return
    control.send(_packed(["warm", facts]))
    _Zygote(control, settings).wait()


def _packed(message: list[Any]) -> bytes:
    from grader.wire import encode

    return encode(message)


def _warm_up(control: socket.socket) -> tuple[dict[str, Any], dict[str, Any]]:
    """Steps down, then imports all that a child will need, so that children share it."""
    settings = json.loads(control.recv(1 << 16))
    if settings["uid"] is not None:
        walls.step_down(settings["uid"])
    walls.forbid_new_privileges()
    if 0 in os.getresuid():
        raise walls.WallError("an ordinary user: this process is root")

    register_at_fork = os.register_at_fork
    os.register_at_fork = lambda **hooks: None  # a child needs none of them, and they write to many pages
    import numpy as np
    import numpy.fft
    import numpy.linalg
    import numpy.random

    from grader.inside import runner

    numpy.linalg.svd(numpy.fft.fft(np.random.default_rng(0).normal(size=(3, 3))).real @ np.eye(3))  # the lazy parts
    runner.rehearse()
    os.register_at_fork = register_at_fork
    settings["filter"] = walls.Filter.of(bytes.fromhex(settings["filter"]))
    settings["rules"] = walls.file_rules(settings["readable"])
    facts = {
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "landlock": walls.landlock_version(),
        "uid": os.getuid(),
    }
    gc.collect()
    gc.freeze()
    return settings, facts


class _Zygote:
    """Waits for orders and for the ends of children."""

    def __init__(self, control: socket.socket, settings: dict[str, Any]) -> None:
        self.control, self.settings = control, settings
        self.children: dict[int, tuple[int, int]] = {}  # pidfd -> pid, number
        self.poll = select.poll()
        self.poll.register(control, select.POLLIN)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # where it was ignored, no end of a child could be told

    def wait(self) -> None:
        while True:
            for descriptor, _ in self.poll.poll():
                if descriptor in self.children:
                    self.reap(descriptor)
                    continue
                data, descriptors, _, _ = socket.recv_fds(self.control, 1 << 12, 2)
                if not data:
                    return
                self.obey(data, descriptors)

    def obey(self, data: bytes, descriptors: list[int]) -> None:
        from grader.wire import decode

        _, number = decode(data)
        pid, pidfd = self.clone(*descriptors)
        self.children[pidfd] = pid, number
        self.poll.register(pidfd, select.POLLIN)  # ready once the child has ended
        socket.send_fds(self.control, [_packed(["spawned", number])], [pidfd])
        for descriptor in descriptors:
            os.close(descriptor)

    def clone(self, stream: int, output: int) -> tuple[int, int]:
        """Forks a child into its own namespaces in one system call; the child never returns from here."""
        flags = walls.CLONE_NEWUSER | walls.CLONE_NEWPID | walls.CLONE_NEWIPC | walls.CLONE_NEWNET | walls.CLONE_PIDFD
        pidfd = ctypes.c_int(-1)
        ctypes.pythonapi.PyOS_BeforeFork()
        pid = walls.system_call("clone", walls.SYS_CLONE, flags | signal.SIGCHLD, 0, ctypes.byref(pidfd), 0, 0)
        if pid == 0:
            ctypes.pythonapi.PyOS_AfterFork_Child()
            _child(self.settings, stream, output)
        ctypes.pythonapi.PyOS_AfterFork_Parent()
        return pid, pidfd.value

    def reap(self, pidfd: int) -> None:
        pid, number = self.children.pop(pidfd)
        self.poll.unregister(pidfd)
        os.close(pidfd)
        _, status, usage = os.wait4(pid, 0)
        facts = [usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024]
        self.control.send(_packed(["exited", number, os.waitstatus_to_exitcode(status), *facts]))


def _child(settings: dict[str, Any], stream: int, output: int) -> None:
    """The life of one child: walls first, then the runner, then the end."""
    from grader.inside import runner
    from grader.wire import encode, frame

    try:
        os.setsid()
        walls.forbid_new_privileges()
        walls.confine_files(settings["rules"])
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.dup2(stream, STREAM)
        os.closerange(STREAM + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        walls.die_with_parent()
        walls.forbid_dumps()
        walls.limit_resources(settings["memory_bytes"], settings["cpu_s"])
        walls.drop_capabilities()
        walls.filter_system_calls(settings["filter"])
    except BaseException as error:  # whatever it is, nothing may run
        _write(frame(encode(["broken", str(error)])))
        os._exit(1)
    code = 1
    try:
        _write(frame(encode(["walled"])))
        runner.serve(runner.Stream(lambda size: os.read(STREAM, size), _write))
        code = 0
    finally:
        os._exit(code)


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(STREAM, view) :]


if __name__ == "__main__":
    main()
