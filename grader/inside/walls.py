"""The walls a process puts around itself: privileges, limits, Landlock, seccomp.

Each function raises `WallError` naming the wall when the kernel refuses, so that nothing ever runs behind a wall that
does not stand. Raw system calls go through ctypes: the sandbox has nothing but the standard library. Numbers are
those of x86-64 Linux.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import signal
import struct
from typing import Final, NamedTuple

_libc = ctypes.PyDLL(None, use_errno=True)  # PyDLL: keeps the interpreter lock, which matters around clone

SYS_CLONE: Final = 56
_SYS_CAPSET: Final = 126
_SYS_SECCOMP: Final = 317
_SYS_LANDLOCK_CREATE, _SYS_LANDLOCK_ADD, _SYS_LANDLOCK_RESTRICT = 444, 445, 446

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
_SECCOMP_SET_MODE_FILTER = 1
_NO_CAPABILITIES: Final = struct.pack("Ii", 0x20080522, 0), bytes(24)  # _LINUX_CAPABILITY_VERSION_3, this process
_LANDLOCK_VERSION_FLAG = 1
_LANDLOCK_PATH_BENEATH = 1
_LANDLOCK_READ = (1 << 2) | (1 << 3)  # read a file, list a directory

CLONE_NEWPID, CLONE_NEWUSER, CLONE_NEWIPC, CLONE_NEWNET = 0x20000000, 0x10000000, 0x08000000, 0x40000000
CLONE_PIDFD: Final = 0x1000


class WallError(RuntimeError):
    """A wall that cannot stand here; nothing may run."""


def system_call(wall: str, number: int, *arguments: object) -> int:
    """The result of a raw system call; raises WallError, naming the wall, when the kernel refuses."""
    result: int = _libc.syscall(number, *arguments)
    if result == -1:
        code = ctypes.get_errno()
        raise WallError(f"{wall}: {errno.errorcode.get(code, code)} ({os.strerror(code)})")
    return result


def _prctl(wall: str, option: int, value: int = 0) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        raise WallError(f"{wall}: {os.strerror(ctypes.get_errno())}")


def step_down(uid: int) -> None:
    """Becomes the ordinary user and group `uid` for good: no groups, no capability, none to be had back."""
    for capability in range(64):
        if _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # beyond the kernel's last capability
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    forbid_new_privileges()
    if os.getresuid() != (uid, uid, uid) or os.getgroups():
        raise WallError(f"stepping down to user {uid}: still {os.getresuid()}, groups {os.getgroups()}")


def forbid_new_privileges() -> None:
    """No program that this process or its children start can ever gain a privilege."""
    _prctl("no_new_privs", _PR_SET_NO_NEW_PRIVS, 1)


def die_with_parent() -> None:
    """SIGKILL for this process when the thread that made it ends."""
    _prctl("pdeathsig", _PR_SET_PDEATHSIG, signal.SIGKILL)


def forbid_dumps() -> None:
    """No core file, and no other process of this user may look inside."""
    _prctl("not dumpable", _PR_SET_DUMPABLE, 0)


def drop_capabilities() -> None:
    """Gives up every capability of this process's own user namespace."""
    for capability in range(64):
        if _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break
    system_call("capabilities", _SYS_CAPSET, *_NO_CAPABILITIES)


def limit_resources(memory_bytes: int, cpu_s: int) -> None:
    """Hard limits on address space, processor time and everything else that a submission has no use for."""
    for name, limit in {
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_CPU: cpu_s,
        resource.RLIMIT_STACK: 64 * 2**20,
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_NPROC: 0,
    }.items():
        resource.setrlimit(name, (limit, limit))


def fix_limits() -> None:
    """No limit can be changed from here on, and no filter added.

    Without this a program lowers its own limit of processor time, and the SIGKILL that follows looks like an accident.
    """
    filter_system_calls(_FIXED_LIMITS)


def landlock_version() -> int:
    """The Landlock ABI of this kernel, 0 where there is none."""
    version: int = _libc.syscall(_SYS_LANDLOCK_CREATE, None, 0, _LANDLOCK_VERSION_FLAG)
    return max(version, 0)


def file_rules(readable: list[str]) -> int | None:
    """Landlock rules, for `confine_files`: reading under these directories and nothing else; no TCP, no signals out.

    Gives their descriptor; None where the kernel has no Landlock, which the read-only root must then make up for.
    """
    version = landlock_version()
    if version == 0:
        return None
    files = (1 << (13 + (version >= 2) + (version >= 3) + (version >= 5))) - 1
    network = 3 if version >= 4 else 0
    scope = 3 if version >= 6 else 0
    attributes = struct.pack("QQQ", files, network, scope)[: 24 if version >= 6 else 16 if version >= 4 else 8]
    rules = system_call("landlock", _SYS_LANDLOCK_CREATE, attributes, len(attributes), 0)
    for directory in readable:
        descriptor = os.open(directory, os.O_PATH | os.O_CLOEXEC)
        rule = struct.pack("=Qi", _LANDLOCK_READ, descriptor)
        system_call("landlock", _SYS_LANDLOCK_ADD, rules, _LANDLOCK_PATH_BENEATH, rule, 0)
        os.close(descriptor)
    return rules


def confine_files(rules: int | None) -> None:
    """Puts these rules over this process, for good; no_new_privs must be set."""
    if rules is not None:
        system_call("landlock", _SYS_LANDLOCK_RESTRICT, rules, 0)


class Filter(NamedTuple):
    """A seccomp program in the form in which the kernel takes it; the header points to the buffer."""

    header: bytes
    buffer: ctypes.Array[ctypes.c_char]

    @classmethod
    def of(cls, program: bytes) -> Filter:
        """Of a compiled program, 8 bytes an instruction."""
        buffer = ctypes.create_string_buffer(program, len(program))
        return cls(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer)), buffer)


def filter_system_calls(program: Filter) -> None:
    """Installs a seccomp program, for good; no_new_privs must be set."""
    system_call("seccomp", _SYS_SECCOMP, _SECCOMP_SET_MODE_FILTER, 0, program.header)


_FIXED_LIMITS: Final = Filter.of(
    b"".join(
        struct.pack("HBBI", *instruction)
        for instruction in (
            (0x20, 0, 0, 0),  # load the number of the system call
            (0x15, 0, 1, 317),  # seccomp:
            (0x06, 0, 0, 0x80000000),  # kill the process
            (0x15, 5, 0, 160),  # setrlimit: refuse
            (0x15, 0, 5, 302),  # prlimit64:
            (0x20, 0, 0, 32),  # load the address of the new limit, its lower half
            (0x15, 0, 2, 0),
            (0x20, 0, 0, 36),  # and its upper half
            (0x15, 1, 0, 0),  # no address, so it only asks: allow
            (0x06, 0, 0, 0x00050000 | errno.EPERM),
            (0x06, 0, 0, 0x7FFF0000),
        )
    )
)
