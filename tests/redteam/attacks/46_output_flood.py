"""Floods the output: without a newline, with bytes that are no text, with terminal codes, in one line of 256 MiB."""

FLOOD = (
    b"x" * 65536,
    b"\x00\xff\xfe\x80" * 16384,
    b"\x1b[2J\x1b]0;RT-" + b"LEAK\x07\xe2\x80\xae<script>alert(1)</script>" * 500,
)


def scale(x):
    if VARIANT == 3:
        print("x" * (256 << 20))
    descriptor = 1 + VARIANT % 2
    for _ in range(1 << 15):
        os.write(descriptor, FLOOD[VARIANT % 3])
    return x
