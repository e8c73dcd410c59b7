"""A child: one process behind the walls, for one submission, as the trusted side sees it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from typing import Any, Final, Never

from grader.connection import Answer, Budget, CallbackRefused, ChildDied, Limit, LimitReached, Usage, calls_back
from grader.wire import FrameReader, TooLarge, WireError, decode, encode, frame

MAX_OUTPUT: Final = 8 * 2**20
"""Bytes that a submission may print."""
MAX_RECEIVED: Final = 256 * 2**20
"""Bytes that a submission may return in all."""
MAX_CALLBACKS: Final = 20_000
"""How often a submission may call the functions that it was given."""
_TICK_S: Final = 0.02
_GRACE_S, _LEAST_GRACE_S = 1.0, 0.1
"""How long a process whose stream has ended may take to end as well: to the end of its time, between these bounds."""


_libc = ctypes.CDLL(None)

Reap = Callable[[int], tuple[int, Usage]]
"""Waits until the child of that number has ended: its exit code (negative: the signal) and what it used."""


class Child:
    """The stream, the output pipe and the process handle of one child."""

    def __init__(self, number: int, stream: socket.socket, output: int, reap: Reap) -> None:
        self.number, self._reap = number, reap
        self._stream, self._output = stream, output
        self._stream.setblocking(False)
        os.set_blocking(output, False)
        self._poll = select.poll()
        self._poll.register(stream, select.POLLIN)
        self._poll.register(output, select.POLLIN)
        self._reader = FrameReader()
        self._received = self._printed = self._callbacks = 0
        self.pid = 0
        self._pidfd: int | None = None
        self._clock = 0
        self._before_s = self._until = 0.0
        self._usage: Usage | None = None

    def adopt(self, pidfd: int) -> None:
        """Takes the handle of the process, once it is there."""
        self._pidfd = pidfd
        self.pid = _process_of(pidfd)
        self._clock = (~self.pid << 3) | 2  # the kernel's name for that process's processor-time clock
        _keep_beside_us(self.pid)

    def greeting(self, timeout_s: float) -> list[Any]:
        """The child's first message, sent before it reads anything: `["walled"]`, or which wall does not stand.

        Nothing that it sends later, when the student's code may have written it, can say so.
        """
        reply = self._decoded(self._exchange(memoryview(b""), time.monotonic() + timeout_s, float("inf")))
        self._before_s = self.cpu_time()
        return reply

    # --- one request --------------------------------------------------------------------------------------------------

    def request(self, message: bytes, budget: Budget, answer: Answer | None = None) -> bytes:
        """Sends a frame and gives the payload of the frame that answers it, spending `budget`.

        `answer(number, arguments)` computes callbacks. Raises LimitReached, ChildDied or SandboxLost; after each of
        them this child is dead.
        """
        started, cpu_started = time.monotonic(), self.cpu_time()
        limit_wall, limit_cpu = started + budget.wall_s, cpu_started + budget.cpu_s
        outgoing = memoryview(message)
        self._refuse_advance_answers()
        try:
            while True:
                reply = self._exchange(outgoing, limit_wall, limit_cpu)
                if answer is None or not calls_back(reply):
                    return reply
                outgoing = memoryview(frame(encode(self._answered(answer, self._decoded(reply)))))
        finally:
            budget.wall_s -= time.monotonic() - started
            budget.cpu_s -= self.cpu_time() - cpu_started

    def _answered(self, answer: Answer, reply: list[Any]) -> list[Any]:
        self._callbacks += 1
        if self._callbacks > MAX_CALLBACKS:
            self._give_up("callbacks")
        if len(reply) != 3 or not isinstance(reply[1], int) or not isinstance(reply[2], list):
            self._broken("a callback out of form")
        try:
            return ["answer", answer(reply[1], reply[2])]
        except CallbackRefused as error:
            return ["refuse", str(error)]

    def _refuse_advance_answers(self) -> None:
        """Whatever has come before it was asked for is forged: it must not pass for the next answer."""
        if self._reader.pending or (self._poll.poll(0) and self._unread()):
            self._broken("bytes that nobody asked for")

    def _unread(self) -> bool:
        try:
            return bool(self._stream.recv(1, socket.MSG_PEEK))
        except OSError:
            return False  # nothing has come; or the stream has ended, which the exchange will see

    def _exchange(self, outgoing: memoryview, limit_wall: float, limit_cpu: float) -> bytes:
        self._until = limit_wall
        if outgoing:
            outgoing = outgoing[self._send(outgoing) :]  # it nearly always fits; the rest goes as there is room
        self._poll.modify(self._stream, select.POLLIN | (select.POLLOUT if outgoing else 0))
        while True:
            now = time.monotonic()
            if now >= limit_wall:
                self._give_up("wall")
            if self.cpu_time() >= limit_cpu:
                self._give_up("cpu")
            for descriptor, event in self._poll.poll(1000 * max(0.001, min(_TICK_S, limit_wall - now))):
                if descriptor == self._output:
                    if not self._drain():
                        self._poll.unregister(self._output)
                    continue
                if event & select.POLLOUT and outgoing:
                    outgoing = outgoing[self._send(outgoing) :]
                    if not outgoing:
                        self._poll.modify(self._stream, select.POLLIN)
                if event & (select.POLLIN | select.POLLHUP | select.POLLERR):
                    payload = self._receive()
                    if payload is not None:
                        return payload

    def _send(self, outgoing: memoryview) -> int:
        try:
            return self._stream.send(outgoing)
        except BlockingIOError:
            return 0
        except OSError:
            self._died()

    def _receive(self) -> bytes | None:
        try:
            data = self._stream.recv(1 << 16)
        except BlockingIOError:
            return None
        except OSError:
            data = b""
        if not data:
            self._died()
        self._received += len(data)
        if self._received > MAX_RECEIVED:
            self._give_up("returned")
        self._reader.feed(data)
        try:
            return self._reader.next()
        except TooLarge:
            self._give_up("returned")

    def _decoded(self, payload: bytes) -> list[Any]:
        try:
            reply = decode(payload)
        except WireError as error:
            self._broken(str(error))
        if not isinstance(reply, list) or not reply or not isinstance(reply[0], str):
            self._broken("a message out of form")
        return reply

    def _drain(self) -> bool:
        try:
            data = os.read(self._output, 1 << 16)
        except BlockingIOError:
            return True
        self._printed += len(data)
        if self._printed > MAX_OUTPUT:
            self._give_up("printed")
        return bool(data)

    def cpu_time(self) -> float:
        """Seconds of processor time that the child has used since its walls stood."""
        if self._usage is not None:
            return self._usage.cpu_s
        try:
            return time.clock_gettime(self._clock) - self._before_s
        except OSError:  # it has just ended
            return 0.0

    # --- the end --------------------------------------------------------------------------------------------------------

    def _ends_by_itself(self) -> bool:
        if self._pidfd is None:
            return True
        poll = select.poll()
        poll.register(self._pidfd, select.POLLIN)  # ready once the process has ended
        left = self._until - time.monotonic()
        return bool(poll.poll(1000 * min(_GRACE_S, max(_LEAST_GRACE_S, left))))

    def kill(self) -> Usage:
        """Ends the child with everything in its namespaces, waits until it is reaped, and says what it used."""
        if self._usage is None:
            if self._pidfd is not None:
                with contextlib.suppress(ProcessLookupError):  # it has ended by itself
                    signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            self._reaped()
        assert self._usage is not None
        return self._usage

    def _reaped(self) -> int:
        try:
            status, used = self._reap(self.number)
        finally:
            self.close()
        self._usage = Usage(max(0.0, used.cpu_s - self._before_s), used.peak_memory_mb)
        return status

    def close(self) -> None:
        """Lets go of the descriptors."""
        self._stream.close()
        if self._output >= 0:
            os.close(self._output)
            self._output = -1
        if self._pidfd is not None:
            os.close(self._pidfd)
            self._pidfd = None

    def _give_up(self, limit: Limit) -> Never:
        self.kill()
        raise LimitReached(limit)

    def _broken(self, why: str) -> Never:
        self.kill()
        raise ChildDied(broken=why)

    def _died(self) -> Never:
        if not self._ends_by_itself():
            self._broken("it closed its channel and stayed")
        status = self._reaped()
        raise ChildDied(signal=max(0, -status), code=max(0, status))


def _process_of(pidfd: int) -> int:
    descriptor = os.open(f"/proc/self/fdinfo/{pidfd}", os.O_RDONLY)
    try:
        return int(os.read(descriptor, 1 << 10).partition(b"\nPid:")[2].split()[0])
    finally:
        os.close(descriptor)


def _keep_beside_us(pid: int) -> None:
    """Keeps a process on the processor that this one is on: they take turns, and find each other's data in its cache.

    With as many graders as processors that gives a fifth more gradings a second, and takes nothing from a single one.
    """
    with contextlib.suppress(PermissionError, ProcessLookupError):  # it is but a hint, or the process has ended
        os.sched_setaffinity(pid, {_libc.sched_getcpu()})
