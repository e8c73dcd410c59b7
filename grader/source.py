"""A submitted file before anything runs: one UTF-8 text of at most 128 KiB without characters that deceive.

Bytes are looked at and never parsed here: parsing happens behind the walls. What is refused is told with the line and
the way out.
"""

from __future__ import annotations

import re
from typing import Final

MAX_SOURCE_BYTES: Final = 128 * 1024
MOST_READ: Final = 20 * 2**20
"""As much of a file as is ever read: more than is accepted of any."""

_COOKIE: Final = re.compile(rb"^[ \t\f]*#.{0,200}?coding[:=][ \t]{0,20}([-\w.]{1,40})")
_INVISIBLE: Final = {
    *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0x061C, 0x180E, 0xFEFF,
}  # fmt: skip
"""Zero-width characters and the controls of writing direction, which make a text read otherwise than it runs."""


class UnreadableSource(ValueError):
    """A file that is not accepted; the text tells the student what to change."""


def size_of(data: bytes) -> str:
    """How many bytes a file has of which no more than `MOST_READ` were read."""
    return f"{MOST_READ:,} or more" if len(data) >= MOST_READ else f"{len(data):,}"


def read_source(data: bytes) -> str:
    """The text of a submitted file. Raises UnreadableSource."""
    if len(data) > MAX_SOURCE_BYTES:
        raise UnreadableSource(
            f"The file has {size_of(data)} bytes; at most {MAX_SOURCE_BYTES:,} are accepted. "
            "Submit the functions alone, without data or outputs."
        )
    if b"\0" in data:
        place = data[: data.index(b"\0")].count(b"\n") + 1
        raise UnreadableSource(f"The file holds a NUL byte in line {place}: it is no text. Save it as plain UTF-8.")
    data = data.removeprefix(b"\xef\xbb\xbf")  # the byte-order mark that some editors write
    for head in data.split(b"\n", 2)[:2]:
        cookie = _COOKIE.match(head)
        if cookie and cookie[1].lower().replace(b"_", b"-") not in (b"utf-8", b"utf8", b"ascii", b"us-ascii"):
            name = cookie[1].decode("ascii", "replace")
            raise UnreadableSource(f"The file declares the encoding {name!r}. Save it as UTF-8 and remove that line.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        place = data[: error.start].count(b"\n") + 1
        raise UnreadableSource(
            f"The file is not UTF-8: byte 0x{data[error.start]:02x} in line {place}. Save it as UTF-8."
        ) from None
    for number, characters in enumerate(text.splitlines(), 1):
        if characters.isascii():
            continue
        for character in characters:
            if ord(character) in _INVISIBLE:
                raise UnreadableSource(
                    f"Line {number} holds an invisible character (U+{ord(character):04X}), often from a copied web "
                    "page. Type that line anew."
                )
    if not text.strip():
        raise UnreadableSource("The file is empty. `chainrule new` writes a starter file to begin with.")
    return text.replace("\r\n", "\n").replace("\r", "\n")
