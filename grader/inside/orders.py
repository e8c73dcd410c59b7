"""Orders: the messages about children between the trusted side and the warm process, one a packet of the control socket.

Fixed forms, because the warm process shares its memory with its children: each page that it writes to is copied first,
and what it does not run does not write.
"""

from __future__ import annotations

import socket
import struct
from array import array
from typing import Final, NamedTuple

_SPAWN: Final = struct.Struct("<Q")
_ANSWER: Final = struct.Struct("<QBidd")
_ROOM: Final = 64
_PAGES: Final = bytes(8)
"""Begins the packet of the hot pages: an empty one would be the end of the stream."""
_MOST_PAGES: Final = 1 << 14
"""Fewer bytes than a socket's buffer holds by default; there are 500 pages or so."""
_TWO, _ONE = struct.Struct("=2i"), struct.Struct("=i")
_SPAWNED, _EXITED = 0, 1
_RIGHTS: Final = (socket.SOL_SOCKET, socket.SCM_RIGHTS)


class Spawned(NamedTuple):
    """A child is there; `pidfd` is the handle of its process."""

    number: int
    pidfd: int


class Exited(NamedTuple):
    """A child has ended, with this exit code (negative: the signal that killed it)."""

    number: int
    code: int
    cpu_s: float
    peak_memory_mb: float


def order(control: socket.socket, number: int, stream: int, output: int) -> None:
    """Orders child `number`, which will talk on the descriptor `stream` and print to `output`. Raises OSError."""
    control.sendmsg([_SPAWN.pack(number)], [(*_RIGHTS, _TWO.pack(stream, output))])


def next_order(control: socket.socket) -> tuple[int, int, int] | None:
    """Number, stream and output of the next child to be made; None when the trusted side has gone."""
    data, ancillary, _, _ = control.recvmsg(_ROOM, socket.CMSG_SPACE(_TWO.size))
    if not data:
        return None
    (number,) = _SPAWN.unpack(data)
    return number, *_TWO.unpack(ancillary[0][2])


def tell_hot_pages(control: socket.socket, pages: array[int]) -> None:
    """Tells, once and after the rehearsals, the numbers of the pages that children write to. Raises OSError.

    Of more than `_MOST_PAGES` the first are told.
    """
    control.send(_PAGES + pages[:_MOST_PAGES].tobytes())


def hot_pages(control: socket.socket) -> array[int] | None:
    """The numbers of the pages that children write to; None when the trusted side has gone."""
    told = array("Q", control.recv(len(_PAGES) + _MOST_PAGES * array("Q").itemsize))
    return told[1:] if told else None


def tell_spawned(control: socket.socket, number: int, pidfd: int) -> None:
    """Answers an order with the handle of the child's process."""
    control.sendmsg([_ANSWER.pack(number, _SPAWNED, 0, 0.0, 0.0)], [(*_RIGHTS, _ONE.pack(pidfd))])


def tell_exited(control: socket.socket, exited: Exited) -> None:
    """Says that a child has ended."""
    number, code, cpu_s, peak_memory_mb = exited
    control.send(_ANSWER.pack(number, _EXITED, code, cpu_s, peak_memory_mb))


def next_answer(control: socket.socket) -> Spawned | Exited | None:
    """What the warm process says next; None when it has ended. Raises ValueError for what is no answer."""
    data, ancillary, _, _ = control.recvmsg(_ROOM, socket.CMSG_SPACE(_ONE.size))
    if not data:
        return None
    try:
        number, kind, code, cpu_s, peak_memory_mb = _ANSWER.unpack(data)
        if kind == _SPAWNED:
            return Spawned(number, *_ONE.unpack(ancillary[0][2]))
    except (struct.error, IndexError) as error:
        raise ValueError("it sent what is no answer") from error
    if kind != _EXITED:
        raise ValueError(f"it sent what is no answer, of kind {kind}")
    return Exited(number, code, cpu_s, peak_memory_mb)
