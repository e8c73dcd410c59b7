"""The declared encoding makes Python read another text than whoever looks at it."""

PLAIN = b"def scale(x):\n    return x\n"
UPLOADS = (
    b"# -*- coding: utf-7 -*-\n# harmless +AAo-raise SystemExit('RT-ESCAPE')\n" + PLAIN,
    b"#!/usr/bin/python\n# vim: set fileencoding=utf_7 :\n" + PLAIN,
    b"# coding: latin-1\ns = '\xe9'\n" + PLAIN,
    b"s = '\xe9'\n" + PLAIN,
    PLAIN.decode().encode("utf-16"),
    PLAIN.decode().encode("utf-32"),
    b"# coding: raw_unicode_escape\n# \\u000araise SystemExit('RT-ESCAPE')\n" + PLAIN,
    b"# coding: rot13\n" + PLAIN,
    b"\xef\xbb\xbf# coding: utf-7\n" + PLAIN,
    b"# coding: utf-8\n\xc0\x80\n" + PLAIN,  # an overlong NUL
    b"s = '\xed\xa0\x80'\n" + PLAIN,  # half a pair
    b"x = 1\0\n" + PLAIN,
    b"#" + b" " * 300 + b"coding: utf-7\n# +AAo-raise SystemExit('RT-ESCAPE')\n" + PLAIN,
    b"\x0c# coding: utf-7\n# +AAo-raise SystemExit('RT-ESCAPE')\n" + PLAIN,
    b"\r# coding: utf-7\r# +AAo-raise SystemExit('RT-ESCAPE')\r" + PLAIN,
)
