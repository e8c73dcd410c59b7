"""Writes success records of many formats into every descriptor, at once and as frames of the wire, then leaves."""

import json
import struct

from grader.wire import encode, frame

RAW = (
    json.dumps({"score": 6, "status": "passed", "passed": True}).encode() + b"\n",
    b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x05score\x94K\x06s.",
    b"\xff" * 64,
    struct.pack(">I", 2**31),
    struct.pack(">I", 0),
)
HUGE_AXES = bytes([0x91, 0xC9]) + struct.pack(">IB", 26, 1) + struct.pack("<BB3Q", 11, 3, 0, 2**62, 2**62)
FRAMES = (
    ["passed", 6],
    ["broken", "a wall does not stand"],
    ["broken"],
    ["walled"],
    ["loaded"],
    ["problem"],
    ["problem", "import", 5],
    ["problem", "import", {}],
    ["problem", ["import"], {}],
    ["problem", "signature", {"function": "no_such", "yours": "", "why": ""}],
    ["problem", "missing", {"function": "scale", "defined": [1, 2]}],
    ["problem", "import", {"type": "E" * 10**6, "message": "m" * 10**7 + "RT-" + "LEAK", "line": 1}],
    ["callback", 0, []],
    ["callback", "x", 7],
    ["done", [], None],
    ["done", [[1, np.zeros(7), None]] * 100, None],
    ["done", 7, 7],
    ["done", [], {"type": "E", "message": "m", "line": float("inf"), "trace": []}],
    ["done", [], {"type": "E" * 10**6, "message": "m" * 10**7, "line": 1, "trace": [[1, "f" * 10**6, "t" * 10**6]]}],
    ["done", [], {"type": "E", "message": "m", "line": 1, "trace": [[1, "f" * 10**4, "t" * 10**4]] * 1000}],
    ["problem", "missing", {"function": "scale", "defined": ["d" * 10**5] * 100}],
    ["done", [], {"type": "TooLarge", "message": "many", "line": 1, "trace": []}],
    ["done", [[np.zeros(3), np.zeros(7), None]], None],
    ["done", [["1", np.zeros(7), None]], None],
    ["done", [[1, np.zeros(7), None]], None],
    ["done", [[2, [np.zeros(7)] * 2, None]], None],
    ["done", [[1, [[[]] * 15] * 9000, None]], None],
    [],
    {"status": "passed"},
    "passed",
    6,
    np.ones(3),
)


def forge(number):
    if number < len(RAW):
        return RAW[number]
    number -= len(RAW)
    return frame(encode(FRAMES[number])) if number < len(FRAMES) else frame(HUGE_AXES)


def strike():
    data = forge(VARIANT // 2)
    for descriptor in range(64):
        try:
            os.write(descriptor, data)
        except OSError:
            pass


if VARIANT % 2:
    strike()


def scale(x):
    strike()
    return x
