"""The system calls that code in the sandbox may make, and the seccomp program made of them.

The rights are lists that can be read and tested without starting anything. `program` compiles them to classic BPF
(Linux: Documentation/userspace-api/seccomp_filter.rst): a foreign architecture kills; what is listed is allowed; an
escape kills (the verdict is then `forbidden`); everything else fails with EPERM, so that honest code gets an exception
at its own line.
"""

from __future__ import annotations

import errno
import platform
import struct
from typing import Final

ALLOWED: Final = (
    # memory
    "brk", "mmap", "mprotect", "mremap", "munmap", "madvise",
    # the stream, and reading files of the read-only root
    "read", "write", "close", "open", "openat", "lseek", "pread64", "readv", "writev",
    "stat", "lstat", "fstat", "newfstatat", "statx", "access", "faccessat", "faccessat2", "readlink", "readlinkat",
    "getdents64", "getcwd", "dup", "poll", "ppoll", "select", "pselect6",
    # time
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "times", "getrusage",
    # itself
    "exit", "exit_group", "getpid", "getppid", "gettid", "getuid", "geteuid", "getgid", "getegid", "getgroups",
    "kill", "tgkill", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "sigaltstack",
    "setitimer", "getitimer", "alarm", "pause", "restart_syscall",
    "prlimit64", "getrlimit", "setrlimit", "sched_yield", "sched_getaffinity", "futex", "set_robust_list", "rseq",
    "getrandom", "uname", "sysinfo",
    "seccomp",  # once more, by `walls.fix_limits`, which then forbids it
)  # fmt: skip
"""What NumPy and the standard library need once everything is imported. No process, thread, program, socket, lock,
file to write, or key can be made with these."""

ESCAPES: Final = (
    "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_open", "pidfd_getfd", "pidfd_send_signal",
    "execve", "execveat", "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount",
    "fsopen", "fsmount", "mount_setattr", "open_by_handle_at", "name_to_handle_at",
    "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register",
    "keyctl", "add_key", "request_key", "init_module", "finit_module", "delete_module", "kexec_load",
    "kexec_file_load", "iopl", "ioperm", "modify_ldt", "personality", "reboot", "swapon", "swapoff", "acct",
    "settimeofday", "clock_settime", "adjtimex", "sethostname", "setdomainname", "quotactl", "fanotify_init",
)  # fmt: skip
"""Doors that no honest submission knocks on."""

ANSWERS: Final = {"clone3": errno.ENOSYS, "ioctl": errno.ENOTTY, "fcntl": errno.EINVAL}
"""Calls that are refused with another answer than EPERM, so that libraries fall back instead of failing."""

WARM: Final = (
    *ALLOWED,
    "fcntl", "ioctl", "dup2", "close_range", "clone", "wait4", "prctl", "capget", "capset", "setsid",
    "landlock_restrict_self", "recvmsg", "sendmsg", "recvfrom", "sendto", "getsockname", "getsockopt", "getpeername",
    "setsockopt", "rt_sigtimedwait", "rt_sigsuspend",
)  # fmt: skip
"""What the warm process may do once it is warm: make children, put their walls up, and talk. No socket can be made, no
mount, no trace."""

START_UP: Final = (
    *WARM,
    "execve", "arch_prctl", "set_tid_address", "fstatfs", "statfs",
    "landlock_create_ruleset", "landlock_add_rule",
    "setgroups", "setresuid", "setresgid", "getresuid", "getresgid",
    "io_uring_setup", "io_uring_register",  # see grader.inside.pages
)  # fmt: skip
"""What it may do until then, from its first instruction."""

_NUMBERS: Final = {
    "read": 0, "write": 1, "open": 2, "close": 3, "stat": 4, "fstat": 5, "lstat": 6, "poll": 7, "lseek": 8, "mmap": 9,
    "mprotect": 10, "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "ioctl": 16,
    "pread64": 17, "readv": 19, "writev": 20, "access": 21, "select": 23, "sched_yield": 24, "mremap": 25,
    "madvise": 28, "dup": 32, "dup2": 33, "pause": 34, "nanosleep": 35, "getitimer": 36, "alarm": 37, "setitimer": 38,
    "getpid": 39, "sendto": 44, "recvfrom": 45, "sendmsg": 46, "recvmsg": 47, "getsockname": 51, "getpeername": 52,
    "setsockopt": 54, "getsockopt": 55, "clone": 56, "execve": 59, "exit": 60, "wait4": 61, "kill": 62, "uname": 63,
    "fcntl": 72, "getcwd": 79, "readlink": 89, "gettimeofday": 96, "getrlimit": 97, "getrusage": 98, "sysinfo": 99,
    "times": 100, "ptrace": 101, "getuid": 102, "getgid": 104, "geteuid": 107, "getegid": 108, "getppid": 110,
    "setsid": 112, "getgroups": 115, "setgroups": 116, "setresuid": 117, "getresuid": 118, "setresgid": 119,
    "getresgid": 120, "capget": 125, "capset": 126, "rt_sigpending": 127, "rt_sigtimedwait": 128, "rt_sigsuspend": 130,
    "sigaltstack": 131, "personality": 135, "statfs": 137, "fstatfs": 138, "modify_ldt": 154, "pivot_root": 155,
    "prctl": 157, "arch_prctl": 158, "adjtimex": 159, "setrlimit": 160, "chroot": 161, "acct": 163,
    "settimeofday": 164, "mount": 165, "umount2": 166, "swapon": 167, "swapoff": 168, "reboot": 169,
    "sethostname": 170, "setdomainname": 171, "iopl": 172, "ioperm": 173, "init_module": 175, "delete_module": 176,
    "quotactl": 179, "gettid": 186, "time": 201, "futex": 202, "sched_getaffinity": 204, "getdents64": 217,
    "set_tid_address": 218, "restart_syscall": 219, "clock_settime": 227, "clock_gettime": 228, "clock_getres": 229,
    "clock_nanosleep": 230, "exit_group": 231, "tgkill": 234, "kexec_load": 246, "add_key": 248, "request_key": 249,
    "keyctl": 250, "openat": 257, "newfstatat": 262, "readlinkat": 267, "faccessat": 269, "pselect6": 270, "ppoll": 271,
    "unshare": 272, "set_robust_list": 273, "pipe2": 293, "perf_event_open": 298, "fanotify_init": 300,
    "prlimit64": 302, "name_to_handle_at": 303, "open_by_handle_at": 304, "setns": 308, "process_vm_readv": 310,
    "process_vm_writev": 311, "kcmp": 312, "finit_module": 313, "seccomp": 317, "getrandom": 318,
    "kexec_file_load": 320, "bpf": 321, "execveat": 322, "userfaultfd": 323, "statx": 332, "rseq": 334,
    "pidfd_send_signal": 424, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428,
    "move_mount": 429, "fsopen": 430, "fsmount": 432, "pidfd_open": 434, "clone3": 435, "close_range": 436,
    "pidfd_getfd": 438, "faccessat2": 439, "mount_setattr": 442, "landlock_create_ruleset": 444,
    "landlock_add_rule": 445, "landlock_restrict_self": 446,
}  # fmt: skip
"""x86-64 (Linux: arch/x86/entry/syscalls/syscall_64.tbl)."""

_AUDIT_ARCH_X86_64: Final = 0xC000003E
_X32_BIT: Final = 0x40000000
_LOAD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _RETURN = 0x20, 0x15, 0x35, 0x06
_KILL_PROCESS, _ERRNO, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_REFUSE: Final = _ERRNO | errno.EPERM


def supported() -> bool:
    """Whether the numbers above are this machine's."""
    return platform.system() == "Linux" and platform.machine() in ("x86_64", "AMD64")


def child_program() -> bytes:
    """The filter around a student's code."""
    return _program(ALLOWED, ESCAPES, ANSWERS)


def warm_program() -> bytes:
    """The filter around the warm process, which its children inherit below their own."""
    return _program(WARM, ESCAPES, {"clone3": errno.ENOSYS})


def start_up_program() -> bytes:
    """The filter under which the warm process starts."""
    return _program(START_UP, tuple(name for name in ESCAPES if name not in START_UP), {"clone3": errno.ENOSYS})


def _program(allowed: tuple[str, ...], escapes: tuple[str, ...], answers: dict[str, int]) -> bytes:
    """The program: the number of the system call is looked up by bisection.

    The kernel works out the answer to every number there is when a program is installed, and each child installs one.
    """
    actions = {_NUMBERS[name]: _ALLOW for name in allowed}
    actions |= {_NUMBERS[name]: _ERRNO | code for name, code in answers.items()}
    actions |= {_NUMBERS[name]: _KILL_PROCESS for name in escapes}
    instructions = [
        (_LOAD, 0, 0, 4),  # seccomp_data.arch
        (_JUMP_EQUAL, 1, 0, _AUDIT_ARCH_X86_64),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, 0),  # seccomp_data.nr
        *_bisection(_steps(actions)),
    ]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)


def _steps(actions: dict[int, int]) -> list[tuple[int, int]]:
    """(number, action), by number: the action holds from that number on, up to the next."""
    steps = [(0, _REFUSE)]
    for number in range(max(actions) + 2):
        action = actions.get(number, _REFUSE)
        if action != steps[-1][1]:
            steps.append((number, action))
    return [*steps, (_X32_BIT, _KILL_PROCESS)]


def _bisection(steps: list[tuple[int, int]]) -> list[tuple[int, int, int, int]]:
    """Instructions that return the action of the step which the loaded number is in; each action is returned once."""
    returns = list(dict.fromkeys(action for _, action in steps))
    jumps: list[tuple[int, int, int, int]] = []

    def place(steps: list[tuple[int, int]], at: int) -> int:
        """Where the answer among these steps is found, its jumps standing from `at` on."""
        if len(steps) == 1:
            return end + returns.index(steps[0][1])
        half = len(steps) // 2
        jumps.append((0, 0, 0, 0))
        below, above = place(steps[:half], at + 1), place(steps[half:], at + half)
        jumps[at] = (_JUMP_GREATER_EQUAL, above - at - 1, below - at - 1, steps[half][0])
        return at

    end = len(steps) - 1
    place(steps, 0)
    return [*jumps, *((_RETURN, 0, 0, action) for action in returns)]
