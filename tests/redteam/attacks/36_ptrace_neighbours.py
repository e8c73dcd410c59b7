"""Attaches to, reads or signals other processes."""

import ctypes
import struct

buffer = ctypes.create_string_buffer(4096)
vector = ctypes.create_string_buffer(struct.pack("PN", ctypes.addressof(buffer), 4096))
CALLS = (
    (101, 0, 0, 0, 0),  # ptrace(PTRACE_TRACEME)
    (101, 16, os.getppid() or 1, 0, 0),  # ptrace(PTRACE_ATTACH)
    (310, os.getppid() or 1, vector, 1, vector, 1, 0),  # process_vm_readv
    (311, os.getppid() or 1, vector, 1, vector, 1, 0),
    (434, os.getppid() or 1, 0),  # pidfd_open
    (438, 3, 0, 0),  # pidfd_getfd
    (312, os.getpid(), os.getppid() or 1, 0, 0, 0),  # kcmp
    (424, 3, 0, 0, 0),  # pidfd_send_signal
)
if VARIANT < len(CALLS):
    attempt(f"system call {CALLS[VARIANT][0]}", syscall, *CALLS[VARIANT])
else:
    if os.getppid():
        got(f"process {os.getppid()} is my parent")
    for pid in range(2, 400):
        attempt(f"process {pid} can be signalled", os.kill, pid, 0)
