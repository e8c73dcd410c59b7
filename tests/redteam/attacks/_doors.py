"""A submission that knocks on one door: `scale(name)` returns what it found behind it, or raises where it is shut.

This file is never imported: its text is handed in.
"""

import ctypes
import mmap
import os
import resource
import socket
import sys

DOORS = {}
libc = ctypes.CDLL(None, use_errno=True)


def scale(name):
    found = DOORS[name]()
    if not found:
        raise LookupError("shut")
    return str(found)


def door(function):
    DOORS[function.__name__] = function
    return function


def syscall(number, *arguments):
    result = libc.syscall(number, *arguments)
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return f"system call {number} gave {result}"


CALLS = {
    "ptrace": (101, 0, 0, 0, 0),
    "process_vm_readv": (310, 1, None, 0, None, 0, 0),
    "pidfd_open": (434, 1, 0),
    "mount": (165, b"none\0", b"/site\0", b"tmpfs\0", 0, 0),
    "chroot": (161, b"/site\0"),
    "unshare_user": (272, 0x10000000),
    "unshare_mount": (272, 0x00020000),
    "keyctl": (250, 0, -4, 1),
    "add_key": (248, b"user\0", b"rt\0", b"1", 1, -4),
    "io_uring": (425, 1, bytes(120)),
    "userfaultfd": (323, 1),
    "bpf": (321, 0, bytes(128), 128),
    "perf_event_open": (298, bytes(128), 0, -1, -1, 0),
    "personality": (135, 0xFFFFFFFF),
    "memory_file": (319, b"rt\0", 0),
    "vfork_by_number": (58,),
    "clone_by_number": (56, 17, 0, 0, 0, 0),
    "shared_memory": (29, 0x5254, 4096, 0o1600),
    "message_queue": (68, 0x5254, 0o1600),
    "semaphore": (64, 0x5254, 1, 0o1600),
    "posix_queue": (240, b"rt\0", 0o102, 0o600, None),
    "event_counter": (290, 0, 0),
    "epoll": (291, 0),
    "inotify": (294, 0),
    "timer": (222, 1, None, bytes(8)),
    "becoming_root": (105, 0),
    "another_filter": (317, 1, 0, None),
    "a_control_call": (157, 3, 0, 0, 0, 0),
    "capabilities": (125, ctypes.create_string_buffer(b"\x22\x05\x08\x20", 8), ctypes.create_string_buffer(24)),
}
for key, call in CALLS.items():
    DOORS[key] = lambda call=call: syscall(*call)

FAMILIES = {"local": 1, "internet": 2, "internet_6": 10, "netlink": 16, "packet": 17, "kernel_crypto": 38, "vsock": 40}
for key, family in FAMILIES.items():
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        DOORS[f"socket_{key}_{int(kind)}"] = lambda family=family, kind=kind: socket.socket(family, kind).family


@door
def a_socket_pair():
    return socket.socketpair()


@door
def a_pipe():
    return os.pipe()


@door
def a_process():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    return pid


@door
def a_thread():
    import threading

    threading.Thread(target=int).start()
    return "started"


@door
def a_program():
    os.execv("/python/bin/python3", ["python3", "-c", "pass"])


@door
def a_spawned_program():
    import subprocess

    return subprocess.run(["/python/bin/python3", "-c", "pass"])


def machine_code(code):
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    return ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()


@door
def the_32_bit_gate():
    return f"getpid is {machine_code(bytes.fromhex('b814000000cd80c3'))}"


@door
def x32_numbers():
    return f"getpid is {machine_code(bytes.fromhex('b8270000400f05c3'))}"


@door
def foreign_files():
    names = (
        "/proc/self/maps",
        "/proc/1/environ",
        "/etc/passwd",
        "/etc/hostname",
        "/dev/null",
        "/sys",
        "/tmp",
        "/home",
        "/usr",
    )
    return [name for name in names if os.path.exists(name)]


@door
def the_root_folder():
    return os.listdir("/")


@door
def the_interpreter_file():
    return os.open("/python/bin/python3", os.O_RDONLY)


@door
def writing():
    made = []
    for place in ("/", "/tmp", "/dev/shm", "/site", "/python/lib", "/site/grader/inside", "."):
        for flags in (os.O_CREAT | os.O_WRONLY, os.O_TMPFILE | os.O_RDWR):
            try:
                os.close(os.open(f"{place}/rt-marker" if flags & os.O_CREAT else place, flags, 0o600))
                made.append(place)
            except OSError:
                continue
    return made


@door
def a_writable_file():
    for path in (os.__file__, "/site/grader/inside/runner.py", "/python/bin/python3"):
        try:
            return os.open(path, os.O_RDWR)
        except OSError:
            continue


@door
def a_lock():
    import fcntl

    fcntl.flock(os.open(os.__file__, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)
    return "held"


@door
def the_environment():
    ours = {"PYTHONHOME", "PYTHONPATH", "PYTHONHASHSEED", "LD_LIBRARY_PATH", "OPENBLAS_NUM_THREADS", "LANG", "LC_CTYPE"}
    return sorted(set(os.environ) - ours - {"PWD"})


@door
def descriptors():
    found = []
    for descriptor in range(1024):
        try:
            os.fstat(descriptor)
        except OSError:
            continue
        found.append(descriptor)
    return found != [0, 1, 2, 3] and f"descriptors {found}"


@door
def the_parent():
    return os.getppid() and f"process {os.getppid()}; this is {os.getpid()}"


@door
def the_host_name():
    return os.uname().nodename != "box" and os.uname().nodename


@door
def high_limits():
    most = {"AS": 2**29, "CPU": 5, "NOFILE": 64, "NPROC": 0, "FSIZE": 0, "CORE": 0, "MEMLOCK": 0, "MSGQUEUE": 0}
    limits = {name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}")) for name in most}
    return [f"{name} {pair}" for name, pair in limits.items() if not all(0 <= each <= most[name] for each in pair)]


@door
def raising_a_limit():
    resource.setrlimit(resource.RLIMIT_AS, (2**33, 2**33))
    return "raised"


@door
def lowering_a_limit():
    resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
    return "lowered"


@door
def much_memory():
    return len(mmap.mmap(-1, 2**30))


@door
def dumps():
    return libc.prctl(3, 0, 0, 0, 0) == 1 and "dumpable"


@door
def new_privileges():
    return libc.prctl(39, 0, 0, 0, 0) == 0 and "privileges can be gained"


@door
def held_capabilities():
    data = ctypes.create_string_buffer(24)
    if libc.syscall(125, ctypes.create_string_buffer(b"\x22\x05\x08\x20", 8), data):
        raise PermissionError
    return any(data.raw) and data.raw.hex()


@door
def finished_libraries():
    return _importable(
        "torch", "scipy", "pip", "setuptools", "click", "pytest", "test.support", "ensurepip.__main__", "lib2to3.main"
    )


@door
def hidden_code():
    return _importable(
        "grader.checks", "grader.grading", "grader.material", "reference.probe.scale.solution", "solution"
    )


@door
def site_packages():
    folder = f"/python/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    return os.path.isdir(folder) and os.listdir(folder)


def _importable(*names):
    import importlib

    found = []
    for name in names:
        try:
            importlib.import_module(name)
            found.append(name)
        except ImportError:
            continue
    return found


@door
def a_neighbour():
    """A socket or shared memory that another process has left, in namespaces that should not be ours."""
    found = []
    try:
        other = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        other.connect("\0rt-neighbour")
        found.append("its socket")
    except ConnectionRefusedError:
        pass
    if libc.syscall(29, 0x5255, 0, 0) != -1:
        found.append("its shared memory")
    return found


@door
def leaving_something():
    own = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    own.bind("\0rt-neighbour")
    sys.rt_kept = own
    return syscall(29, 0x5255, 4096, 0o1666)
