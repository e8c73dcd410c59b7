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

    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK, 40):
        try:
            socket.socket(family, socket.SOCK_DGRAM).close()
        except OSError:
            continue
        return f"a socket of family {int(family)} can be made"
    return None


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
