"""Source text that overloads a parser: deep nesting in a few kilobytes."""

TAIL = b"\n\ndef scale(x):\n    return x\n"
UPLOADS = (
    b"y = " + b"-" * 60_000 + b"1" + TAIL,
    b"y = " + b"(" * 190 + b")" * 190 + TAIL,
    b"y = " + b"[" * 50_000 + TAIL,
    b"y = a" + b".b" * 8_000 + TAIL,
    b"y = " + b"1+" * 60_000 + b"1" + TAIL,
    b"".join(b" " * depth + b"if 1:\n" for depth in range(99)) + b" " * 99 + b"pass" + TAIL,
    b"y = " + b"lambda: " * 15_000 + b"1" + TAIL,
    b"f'" + b"{f'" * 20_000 + TAIL,
)
