"""Enters the kernel by its other gates: 32 bits, x32 numbers, the old page of time."""

import ctypes
import mmap

CODES = (
    b"\xb8\x14\x00\x00\x00\xcd\x80\xc3",  # mov eax, 20 (getpid of 32 bits); int 0x80; ret
    b"\xb8\x27\x00\x00\x40\x0f\x05\xc3",  # mov eax, 0x40000027 (getpid of x32); syscall; ret
    b"\xb8\x0b\x00\x00\x00\x31\xdb\xcd\x80\xc3",  # execve of 32 bits
)
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(CODES[VARIANT])
enter = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
got(f"gate {VARIANT} gave {enter()}")
