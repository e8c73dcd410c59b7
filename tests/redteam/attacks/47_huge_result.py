"""Returns what is small here and huge on the way, or huge on the other side."""

import struct

from grader.wire import frame


def scale(x):
    sys.calls = getattr(sys, "calls", 0) + 1
    if VARIANT == 0:
        return np.broadcast_to(np.float64(1), (10**6, 10**6))
    if VARIANT == 1:
        return np.zeros(2**25)
    if VARIANT == 2:
        return [np.zeros(1)] * 10**6
    if VARIANT == 3:
        return np.zeros((1,) * 64)
    if VARIANT == 4:
        return type("N" * 10**6, (), {})()
    if VARIANT == 5:
        return {str(number): 1 for number in range(10**5)}
    if VARIANT == 6:
        return "x" * 2**25
    if VARIANT == 7:
        return 10 ** (10**5)
    if VARIANT == 8:
        return np.zeros((40_000, 1) if sys.calls % 2 else (1, 40_000))  # their difference has 12 GiB
    if VARIANT == 9:
        return np.zeros((2**21,))
    if VARIANT == 10:
        many = bytes([0xDD]) + struct.pack(">I", 199_000) + bytes([0x90]) * 199_000
        result = bytes([0x93, 1]) + many + b"\xc0"
        head = b"\x93\xa4done\xdd" + struct.pack(">I", 100)
        os.write(3, frame(head + result * 100 + b"\xc0"))
    if VARIANT == 11:
        os.write(3, struct.pack(">I", 2**25))
    return [[0.0] * 1000] * 400
