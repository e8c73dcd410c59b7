"""Knocks on one door of the kernel, with arguments that do no harm. What is not EPERM or ENOSYS has been let in."""

import ctypes
import errno

NUMBERS = (
    425, 426, 427, 323, 321, 298, 250, 248, 249, 101, 310, 135, 154, 319, 447, 29, 30, 64, 68, 240, 294, 253, 300, 222,
    290, 284, 289, 282, 283, 291, 213, 41, 53, 22, 293, 278, 275, 276, 40, 326, 157, 158, 203, 144, 314, 251, 141, 149,
    325, 151, 237, 238, 256, 279, 103, 303, 304, 440, 448, 324, 444, 445, 446, 449, 462, 246, 320, 175, 313, 176, 95, 80,
    81, 161, 105, 106, 117, 119, 116, 126, 109, 112, 90, 91, 268, 92, 260, 82, 83, 84, 86, 88, 133, 76, 77, 85, 285, 73,
    33, 292, 56, 57, 58, 435, 59, 322, 61, 247, 206, 42, 43, 49, 50, 44, 45, 46, 47, 32 + 1000, 132, 235, 280, 188, 172,
    173, 163, 167, 179, 134, 156, 183, 212, 236, 273 + 1000, 441, 450, 451, 452, 453, 457, 458, 459, 461, 463, 467,
)  # fmt: skip
number = NUMBERS[VARIANT]
libc = ctypes.CDLL(None, use_errno=True)
result = libc.syscall(number, -1, 0, 0, 0, 0, 0)
if result != -1 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
    got(f"system call {number} gave {result}, {errno.errorcode.get(ctypes.get_errno())}")
