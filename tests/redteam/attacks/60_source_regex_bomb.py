"""Text on which the usual regular expressions of source checks explode or crawl."""

TAIL = b"\ndef scale(x):\n    return x\n"
KB = 1024
UPLOADS = (
    b" " * (100 * KB) + TAIL,
    b"#" + b" " * (100 * KB) + b"coding" + TAIL,
    b"#" + b"coding:" * (15 * KB) + TAIL,
    b"# " + b"coding= \t" * (12 * KB) + b"\n" + b"# " + b"coding=" * 1000 + TAIL,
    b"(" * (100 * KB) + TAIL,
    b"'" * (100 * KB) + TAIL,
    b'"""' * (30 * KB) + TAIL,
    b"import " * (15 * KB) + TAIL,
    b"# import os " * (10 * KB) + TAIL,
    b"\\\n" * (50 * KB) + TAIL,
    b"\n" * (100 * KB) + TAIL,
    b"\r" * (100 * KB) + TAIL,
    "\u00e9".encode() * (50 * KB) + b"=1" + TAIL,
    b"x=" + b"9" * 5000 + TAIL,
    b"x=1e" + b"9" * (100 * KB) + TAIL,
)
