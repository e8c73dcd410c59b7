"""The warm process: has NumPy imported, holds nothing hidden, and forks a fresh child for each submission.

Theory of operation. bubblewrap starts this program in namespaces of its own, on a read-only root, with an empty
environment and one descriptor, the control socket, whose number is its argument. As root it steps down to an ordinary
user before it imports anything big. On the control socket the trusted side sends its settings, which are answered by
["warm", facts] or ["broken", why], both as JSON, and then orders children (`grader.inside.orders`). The first few
rehearse. When they have ended, the trusted side tells which pages children write to; the warm process pins them
(`grader.inside.pages`), gives up the system calls that were for starting only, and answers ["ready", why not pinned].
A child has its own user, pid, ipc and network namespace, limits, Landlock and seccomp before it reads its first byte; it
serves one submission, and it dies with the trusted side's end of its stream, with a pidfd signal, or with this process.
When the control socket ends, so does everything.
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
from array import array
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from grader.inside import orders, pages, walls

STREAM = 3
_NAMESPACES: Final = walls.CLONE_NEWUSER | walls.CLONE_NEWPID | walls.CLONE_NEWIPC | walls.CLONE_NEWNET
_CLONE: Final = _NAMESPACES | walls.CLONE_PIDFD | int(signal.SIGCHLD)


class _Kit(NamedTuple):
    """All that a child needs, made ready once: its walls, its first word, and what it does behind them."""

    rules: int | None
    filter: walls.Filter
    memory_bytes: int
    cpu_s: int
    descriptors: int
    walled: bytes
    serve: Callable[[], None]
    rehearses: bool = False


def main() -> None:
    """Runs the warm process on the control socket that it inherited."""
    control = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # where it was ignored, no end of a child could be told
    try:
        kit, facts, last_filter = _warm_up(control)
    except (walls.WallError, OSError) as error:
        _tell(control, "broken", str(error))
        return
    _tell(control, "warm", facts)
    zygote = _Zygote(control, kit._replace(rehearses=True))
    if not zygote.wait(ends=facts["rehearsals"]) or (hot := orders.hot_pages(control)) is None:
        return
    zygote.kit = kit
    not_pinned = _pinned(hot)
    try:
        walls.filter_system_calls(last_filter)
    except walls.WallError as error:
        _tell(control, "broken", str(error))
        return
    _tell(control, "ready", not_pinned)
    zygote.wait()


def _tell(control: socket.socket, kind: str, what: Any) -> None:
    control.send(json.dumps([kind, what]).encode())


def _warm_up(control: socket.socket) -> tuple[_Kit, dict[str, Any], walls.Filter]:
    """Steps down, then imports all that a child will need, so that children share it.

    Gives what children need, what is told of this process, and the filter for when it has done all but make children.
    """
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
    from grader.wire import encode, frame

    numpy.linalg.svd(numpy.fft.fft(np.random.default_rng(0).normal(size=(3, 3))).real @ np.eye(3))  # the lazy parts
    runner.rehearse()
    os.register_at_fork = register_at_fork
    stream = runner.Stream(lambda size: os.read(STREAM, size), _write)
    kit = _Kit(
        walls.file_rules(settings["readable"]),
        walls.Filter.of(bytes.fromhex(settings["filter"])),
        settings["memory_bytes"],
        settings["cpu_s"],
        resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        frame(encode(["walled"])),
        lambda: runner.serve(stream),
    )
    facts = {
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "landlock": walls.landlock_version(),
        "uid": os.getuid(),
        "rehearsals": len(runner.REHEARSALS),
    }
    gc.collect()
    gc.freeze()
    return kit, facts, walls.Filter.of(bytes.fromhex(settings["warm_filter"]))


def _pinned(hot: array[int]) -> str:
    """Pins these pages; says why they are not, where the kernel refuses: that is no wall, only children are slower."""
    try:
        pages.pin(hot)
    except walls.WallError as error:
        return str(error)
    return ""


class _Zygote:
    """Waits for orders and for the ends of children."""

    def __init__(self, control: socket.socket, kit: _Kit) -> None:
        self.control, self.kit = control, kit
        self.children: dict[int, tuple[int, int]] = {}  # pidfd -> pid, number
        self.poll = select.poll()
        self.poll.register(control, select.POLLIN)

    def wait(self, *, ends: int = -1) -> bool:
        """Obeys orders until the trusted side goes (False), or until so many children have ended (True)."""
        while ends != 0:
            for descriptor, _ in self.poll.poll():
                if descriptor in self.children:
                    self.reap(descriptor)
                    ends -= 1
                    continue
                order = orders.next_order(self.control)
                if order is None:
                    return False
                self.obey(*order)
        return True

    def obey(self, number: int, stream: int, output: int) -> None:
        pid, pidfd = self.clone(stream, output)
        self.children[pidfd] = pid, number
        self.poll.register(pidfd, select.POLLIN)  # ready once the child has ended
        orders.tell_spawned(self.control, number, pidfd)
        os.close(stream)
        os.close(output)

    def clone(self, stream: int, output: int) -> tuple[int, int]:
        """Forks a child into its own namespaces in one system call; the child never returns from here."""
        pidfd, pid = ctypes.c_int(-1), -1
        ctypes.pythonapi.PyOS_BeforeFork()
        try:
            pid = walls.system_call("clone", walls.SYS_CLONE, _CLONE, 0, ctypes.byref(pidfd), 0, 0)
        finally:  # also where the kernel refuses: with Python's locks held, this process would hang instead of ending
            if pid != 0:
                ctypes.pythonapi.PyOS_AfterFork_Parent()
        if pid == 0:
            ctypes.pythonapi.PyOS_AfterFork_Child()
            _child(self.kit, stream, output)
        return pid, pidfd.value

    def reap(self, pidfd: int) -> None:
        pid, number = self.children.pop(pidfd)
        self.poll.unregister(pidfd)
        os.close(pidfd)
        _, status, usage = os.wait4(pid, 0)
        code, cpu_s = os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime
        orders.tell_exited(self.control, orders.Exited(number, code, cpu_s, usage.ru_maxrss / 1024))


def _child(kit: _Kit, stream: int, output: int) -> None:
    """The life of one child: walls first, then the runner, then the end."""
    try:
        os.setsid()
        walls.forbid_new_privileges()
        walls.confine_files(kit.rules)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.dup2(stream, STREAM)
        os.closerange(STREAM + 1, kit.descriptors)
        walls.die_with_parent()
        if not kit.rehearses:  # our own code alone, whose memory an ordinary user on the trusted side must see
            walls.forbid_dumps()
        walls.limit_resources(kit.memory_bytes, kit.cpu_s)
        walls.drop_capabilities()
        walls.filter_system_calls(kit.filter)
    except BaseException as error:  # whatever it is, nothing may run
        from grader.wire import encode, frame

        _write(frame(encode(["broken", str(error)])))
        os._exit(1)
    code = 1
    try:
        _write(kit.walled)
        kit.serve()
        code = 0
    finally:
        os._exit(code)


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(STREAM, view) :]


if __name__ == "__main__":
    main()
