"""Many tiny statements: the syntax tree takes hundreds of bytes of memory for each byte of text."""

TAIL = b"\ndef scale(x):\n    return x\n"
UPLOADS = (
    b"x=1\n" * (1 << 18) + TAIL,  # one mebibyte
    b"x=1\n" * 32_700 + TAIL,  # as much as is accepted
    b"x;" * 65_000 + TAIL,
    b"a,=" * 43_000 + b"b" + TAIL,
)
