"""Crashes the interpreter in native code."""

import ctypes
import faulthandler
import types

from numpy.lib.stride_tricks import as_strided

if VARIANT == 0:
    ctypes.string_at(0)
elif VARIANT == 1:
    as_strided(np.zeros(1), (2**20,), (2**16,))[:] = 7
elif VARIANT == 2:
    faulthandler._sigsegv()
elif VARIANT == 3:
    faulthandler._sigabrt()
elif VARIANT == 4:
    ctypes.memset(id(None), 0, 64)
elif VARIANT == 5:
    base = (lambda: 0).__code__
    types.FunctionType(base.replace(co_code=b"\x64\xff" * 40, co_consts=(), co_stacksize=0), {})()
elif VARIANT == 6:
    ctypes.CDLL(None).raise_(11) if hasattr(ctypes.CDLL(None), "raise_") else ctypes.cast(
        0x10, ctypes.CFUNCTYPE(None)
    )()
