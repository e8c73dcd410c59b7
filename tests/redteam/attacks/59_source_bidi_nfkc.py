"""Text that runs otherwise than it reads: direction controls, characters without width, letters of mathematics."""

PLAIN = "def scale(x):\n    return x\n"
UPLOADS = tuple(
    text.encode()
    for text in (
        "level = 'user\u202e \u2066# only for admins\u2069 \u2066'\n" + PLAIN,
        "# \u202d harmless\n" + PLAIN,
        "na\u200bme = 1\n" + PLAIN,
        "x = 1 # \u2028raise SystemExit('RT-ESCAPE')\n" + PLAIN,
        "\N{MATHEMATICAL BOLD SMALL E}\N{MATHEMATICAL BOLD SMALL V}al('1')\n" + PLAIN,
        "__\N{MATHEMATICAL BOLD SMALL I}mport__('o' 's').getpid()\n" + PLAIN,
        "# \x85raise SystemExit('RT-ESCAPE')\n" + PLAIN,
        "# \x0b\x1craise SystemExit('RT-ESCAPE')\n" + PLAIN,
    )
)
