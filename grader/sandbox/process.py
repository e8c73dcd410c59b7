"""The warm process as the trusted side sees it: started under bubblewrap, ordered to fork, replaced when it dies."""

from __future__ import annotations

import itertools
import json
import os
import pwd
import select
import socket
import subprocess
import tempfile
import time
from array import array
from typing import IO, Any, Final, Self

import numpy as np

from grader.connection import Budget, ChildDied, LimitReached, Usage
from grader.inside import orders, runner
from grader.sandbox import cgroups, filters, hot_pages, layout
from grader.sandbox.child import Child

START_TIMEOUT_S: Final = 30.0
_ANSWER_TIMEOUT_S: Final = 10.0
_MOST_MEMORY_BYTES: Final = 4 * 2**30
_MOST_CPU_S: Final = 600
_REHEARSAL_MEMORY_BYTES: Final = 2**30
_FIRST_UID, _UIDS = 62_000, 2_000


class SandboxUnavailable(Exception):
    """A wall cannot stand on this machine, so nothing is graded; the text says which and what to do."""


class SandboxLost(Exception):
    """The warm process has ended; the submission in flight must be graded again in another one."""


class Sandbox:
    """One warm process, with a child prepared while none is at work. Use as a context manager, or `start` and `close`.

    Not for several threads at once, and not across a fork: one per worker. `memory_bytes` bounds the whole sandbox
    where a control group can be made; each child's own limits come with its submission.
    """

    def __init__(self, memory_bytes: int = _MOST_MEMORY_BYTES) -> None:
        self._memory_bytes = memory_bytes
        self._numbers = itertools.count(1)
        self._owner = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._ready: Child | None = None
        self._prepares = False
        """Whether the next child is ordered as soon as one has ended."""
        self.group: cgroups.ControlGroup | None = None
        self._exits: dict[int, tuple[int, Usage]] = {}
        self._handles: dict[int, int] = {}
        self._uid_holder: socket.socket | None = None
        self.facts: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # --- starting and stopping ----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Starts the warm process and waits until it is warm; one that was started before is ended.

        Raises SandboxUnavailable when a wall cannot stand.
        """
        self.close()
        if layout.bubblewrap() is None:
            raise SandboxUnavailable(
                "bubblewrap is not installed: run `apt-get install bubblewrap` (`make setup` does)"
            )
        if not filters.supported():
            raise SandboxUnavailable("the system-call filter knows x86-64 Linux only")
        self._owner = os.getpid()
        self._kills = 0
        self._prepares = False
        _open_standard_streams()
        self._control, far_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with far_end, tempfile.TemporaryFile() as errors:
            try:
                self.group = cgroups.create(self._memory_bytes, processes=16)
                self._process = self._launch(far_end, errors)
                far_end.close()
                self._configure()
                self._rehearse()
            except (SandboxLost, ChildDied, LimitReached, OSError) as error:
                self._control.close()
                self.close()
                errors.seek(0)
                said = errors.read(2000).decode(errors="replace").strip()
                raise SandboxUnavailable(f"the sandbox did not start: {said or error}") from error
        self._prepares = True
        self._order()

    def _launch(self, control: socket.socket, errors: IO[bytes]) -> subprocess.Popen[bytes]:
        layout.compile_ahead()
        seccomp = _in_memory(filters.start_up_program())
        arguments = layout.arguments(as_root=os.geteuid() == 0, seccomp_descriptor=seccomp)
        options = _in_memory(b"".join(argument.encode() + b"\0" for argument in arguments))
        command = [layout.bubblewrap() or "bwrap", "--args", str(options), "--", *layout.command(control.fileno())]
        try:
            return subprocess.Popen(
                command,
                env=layout.ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=(control.fileno(), seccomp, options),
                preexec_fn=self.group.enter if self.group else None,
                start_new_session=True,
                cwd="/",
            )
        finally:
            os.close(seccomp)
            os.close(options)

    def _configure(self) -> None:
        uid = None
        if os.geteuid() == 0:
            uid, self._uid_holder = _reserve_uid()
        settings = {
            "uid": uid,
            "memory_bytes": _MOST_MEMORY_BYTES,
            "cpu_s": _MOST_CPU_S,
            "readable": layout.READABLE,
            "warm_filter": filters.warm_program().hex(),
            "filter": filters.child_program().hex(),
        }
        self._control.send(json.dumps(settings).encode())
        self.facts = self._told("warm")

    def _told(self, expected: str) -> Any:
        """What the warm process says of its start. Raises OSError with its words where a wall does not stand."""
        self._wait(time.monotonic() + START_TIMEOUT_S)
        data = self._control.recv(1 << 16)
        if not data:
            raise SandboxLost("the warm process has ended")
        kind, what = json.loads(data)
        if kind != expected:
            raise OSError(what)
        return what

    def _rehearse(self) -> None:
        """Lets the first children rehearse, and tells the warm process which pages most of them have written to."""
        found: list[np.ndarray] = []
        not_seen = ""
        for name in runner.REHEARSALS:
            child = self.take()
            for message in runner.rehearsal(name, [_REHEARSAL_MEMORY_BYTES, round(START_TIMEOUT_S)]):
                child.request(message, Budget(START_TIMEOUT_S, START_TIMEOUT_S))
            try:
                found.append(hot_pages.written_by(child.pid))
            except OSError as error:  # no wall: children are slower, and the doctor says why
                not_seen = str(error)
            child.kill()
        hot = hot_pages.of_most(found) if not not_seen else array("Q")
        orders.tell_hot_pages(self._control, hot)
        not_pinned = self._told("ready")
        self.facts |= {"hot_pages": len(hot), "not_pinned": not_seen or not_pinned}

    def close(self) -> None:
        """Ends the warm process and everything below it; waits until nothing is left."""
        if self._owner != os.getpid():
            return
        if self._process is not None:
            self._control.close()
            try:
                self._process.wait(timeout=2)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._ready is not None:
            self._ready.close()
            self._ready = None
        for handle in self._handles.values():
            os.close(handle)
        self._handles.clear()
        self._exits.clear()
        if self.group is not None:
            self.group.remove()
            self.group = None
        if self._uid_holder is not None:
            self._uid_holder.close()
            self._uid_holder = None
        self._process = None

    def kill(self) -> None:
        """Kills the warm process at once, as an accident would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @property
    def running(self) -> bool:
        """Whether the warm process was started and has not been seen to end."""
        return self._process is not None and self._process.poll() is None

    def was_out_of_memory(self) -> bool:
        """Whether the kernel has killed a process of this sandbox for want of memory since this was last asked."""
        seen, self._kills = self._kills, self.group.kills() if self.group is not None else 0
        return self._kills > seen

    # --- children -----------------------------------------------------------------------------------------------------

    def take(self) -> Child:
        """The child that was prepared, or else a new one. Raises SandboxLost.

        The next one is ordered when this one has ended: made earlier, its pages would have left the processor's caches
        by the time it is taken, and the making would stand in this one's way.
        """
        if self._process is None or self._owner != os.getpid():
            raise SandboxLost("this process has not started the sandbox")
        child = self._ready or self._order()
        deadline = time.monotonic() + _ANSWER_TIMEOUT_S
        while child.number not in self._handles:
            self._note_answer(deadline)
        child.adopt(self._handles.pop(child.number))
        self._ready = None  # not before: what is lost with the warm process is still ours to close
        try:
            self._greet(child)
        except SandboxLost:
            child.close()
            raise
        return child

    def _greet(self, child: Child) -> None:
        try:
            kind, *why = child.greeting(_ANSWER_TIMEOUT_S)
        except (ChildDied, LimitReached) as error:
            raise SandboxLost(f"a child ended before its walls stood: {error}") from error
        if kind != "walled":
            raise SandboxLost(f"a wall does not stand: {why}")

    def _order(self) -> Child:
        near, far = socket.socketpair()
        output, far_output = os.pipe()
        child = Child(next(self._numbers), near, output, self._exit_of)
        try:
            orders.order(self._control, child.number, far.fileno(), far_output)
        except OSError as error:
            child.close()
            raise SandboxLost("the warm process has ended") from error
        finally:
            far.close()
            os.close(far_output)
        self._ready = child
        return child

    def _exit_of(self, number: int) -> tuple[int, Usage]:
        """How the child has ended, once it has; the next one is ordered then, unless it is not the time yet."""
        deadline = time.monotonic() + _ANSWER_TIMEOUT_S
        while number not in self._exits:
            self._note_answer(deadline)
        if self._ready is None and self._prepares:
            self._order()
        return self._exits.pop(number)

    # --- answers ------------------------------------------------------------------------------------------------------

    def _note_answer(self, deadline: float) -> None:
        self._wait(deadline)
        try:
            answer = orders.next_answer(self._control)
        except (OSError, ValueError) as error:
            raise SandboxLost(f"the warm process does not answer: {error}") from error
        if answer is None:
            raise SandboxLost("the warm process has ended")
        if isinstance(answer, orders.Spawned):
            self._handles[answer.number] = answer.pidfd
        else:
            self._exits[answer.number] = (answer.code, Usage(answer.cpu_s, answer.peak_memory_mb))

    def _wait(self, deadline: float) -> None:
        poll = select.poll()  # select knows descriptors below 1024 only
        poll.register(self._control, select.POLLIN)
        if not poll.poll(1000 * max(0.0, deadline - time.monotonic())):
            raise SandboxLost("the warm process does not answer")


def _in_memory(data: bytes) -> int:
    descriptor = os.memfd_create("chainrule", os.MFD_CLOEXEC)
    os.write(descriptor, data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _open_standard_streams() -> None:
    """Sees to it that descriptors 0 to 2 are taken: what a new program inherits under these numbers is replaced."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free


def _reserve_uid() -> tuple[int, socket.socket]:
    """A user id that belongs to nobody and to no other sandbox, and what holds it until it is closed.

    A name in the abstract socket namespace is taken by one process at a time, and freed by the kernel with it.
    """
    for offset in range(_UIDS):
        uid = _FIRST_UID + (os.getpid() + offset) % _UIDS
        holder = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            holder.bind(f"\0chainrule-sandbox-{uid}")
            pwd.getpwuid(uid)
        except OSError:
            pass  # another sandbox has it
        except KeyError:
            return uid, holder
        holder.close()
    raise SandboxUnavailable(f"every user id from {_FIRST_UID} to {_FIRST_UID + _UIDS - 1} is taken")
