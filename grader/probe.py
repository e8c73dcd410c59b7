"""What a hostile submission would try: `chainrule doctor` runs these doors inside the sandbox, one child for each.

A door returns a sentence when it is open. When it is shut it returns None, raises, or the kernel ends the process.
This file is never imported: its text is the submission.
"""

import os


def runs_as_root():
    return f"the process is user {os.getuid()}" if os.getuid() == 0 or os.geteuid() == 0 else None


def sees_the_environment():
    ours = {"PYTHONHOME", "PYTHONPATH", "PYTHONHASHSEED", "LD_LIBRARY_PATH", "OPENBLAS_NUM_THREADS", "LANG", "PWD"}
    foreign = sorted(set(os.environ) - ours)
    return f"the environment holds {', '.join(foreign)}" if foreign else None


def sees_other_files():
    there = [
        path
        for path in ("/proc/1", "/etc", "/home", "/root", "/tmp", "/var", "/dev/null", "/sys")
        if os.path.exists(path)
    ]
    return f"{', '.join(there)} can be seen" if there else None


def reads_beyond_its_folders():
    try:
        return f"the root can be listed: {', '.join(os.listdir('/'))}"
    except PermissionError:
        os.close(os.open("/python/bin/python3", os.O_RDONLY))
    return "the interpreter's file can be read"


def writes_files():
    for directory in ("/", "/site", "/python", "/python/lib", "/tmp", "/dev/shm"):
        try:
            with open(f"{directory}/probe", "w") as file:
                file.write("probe")
        except OSError:
            continue
        return f"{directory} can be written to"
    return None


def has_other_descriptors():
    found = []
    for descriptor in range(4, 1024):
        try:
            os.fstat(descriptor)
        except OSError:
            continue
        found.append(descriptor)
    return f"descriptors {found} are open" if found else None


def opens_sockets():
    import socket

    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK):
        try:
            socket.socket(family, socket.SOCK_DGRAM).close()
        except OSError:
            continue
        return f"a socket of family {int(family)} can be made"
    return None


def opens_sockets_of_the_hypervisor():
    import socket

    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            socket.socket(40, kind).close()  # AF_VSOCK, which no network namespace holds
        except OSError:
            continue
        return "a socket to the hypervisor can be made"
    return None


def sees_other_processes():
    if os.getpid() != 1 or os.getppid() != 0:
        return f"this is process {os.getpid()} of others, and its parent is {os.getppid()}"
    return None


def sees_the_name_of_the_machine():
    return f"the machine is {os.uname().nodename}" if os.uname().nodename != "box" else None


def leaves_things_in_shared_memory():
    import ctypes

    libc = ctypes.CDLL(None)
    made = {
        "shared memory": libc.shmget(0x5254, 4096, 0o1600),
        "a queue of messages": libc.msgget(0x5254, 0o1600),
        "a semaphore": libc.semget(0x5254, 1, 0o1600),
    }
    there = [name for name, number in made.items() if number != -1]
    return f"{', '.join(there)} can be made for others to find" if there else None


def forks():
    if os.fork() == 0:
        os._exit(0)
    return "a process can be started"


def starts_threads():
    import threading

    threading.Thread(target=int).start()
    return "a thread can be started"


def runs_programs():
    os.execv("/python/bin/python3", ["python3", "-c", "print()"])
    return "a program can be run"


def makes_namespaces():
    import ctypes

    return "a user namespace can be made" if ctypes.CDLL(None).unshare(0x10000000) == 0 else None


def holds_capabilities():
    import ctypes

    held = ctypes.create_string_buffer(24)
    if ctypes.CDLL(None).syscall(125, b"\x22\x05\x08\x20\0\0\0\0", held):
        raise PermissionError("capget")
    return f"capabilities {held.raw.hex()} are held" if any(held.raw) else None


def becomes_root():
    os.setuid(0)
    return "the process can become root"


def passes_the_32_bit_gate():
    import ctypes
    import mmap

    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(bytes.fromhex("b814000000cd80c3"))  # getpid, by the numbers of 32-bit programs, which no filter knows
    pid = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
    return f"system calls of 32-bit programs work: this is process {pid}" if pid > 0 else None


def traces():
    import ctypes

    return "ptrace works" if ctypes.CDLL(None).ptrace(0, 0, 0, 0) == 0 else None


def makes_memory_files():
    os.close(os.memfd_create("probe"))
    return "memory files can be made, which no limit counts"


def takes_memory():
    import numpy as np

    np.ones(6 << 27)
    return "6 GiB of memory can be had"


def lifts_limits():
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return "limits can be lifted"


def finds_hidden_code():
    import importlib

    for name in ("grader.checks", "grader.grading", "grader.material", "reference", "pip", "torch", "scipy"):
        try:
            importlib.import_module(name)
        except ImportError:
            continue
        return f"{name} can be imported"
    return None


def outlives_its_time():
    while True:
        pass
