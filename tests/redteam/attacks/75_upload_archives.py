"""Archives and other files in the place of a text: with names that climb, links, devices, ten gigabytes of nothing."""

import bz2
import gzip
import io
import lzma
import marshal
import pickle
import tarfile
import zipfile

import numpy as np

CODE = b"def scale(x):\n    return 3 * x + 1\n"


def zipped(names, compression=zipfile.ZIP_DEFLATED, content=CODE):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name in names:
            archive.writestr(name, content)
    return file.getvalue()


def tarred(kind, link, mode="w"):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        entry = tarfile.TarInfo("scale.py")
        entry.type, entry.linkname = kind, link
        archive.addfile(entry)
        inner = tarfile.TarInfo("scale.py")
        inner.size = len(CODE)
        archive.addfile(inner, io.BytesIO(CODE))
    return file.getvalue()


def saved(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


UPLOADS = (
    zipped(["../../rt-marker.py", "/tmp/rt-marker.py"]),
    zipped(["scale.py"], zipfile.ZIP_STORED),
    zipped(["__main__.py"]),
    zipped([f"{number}.py" for number in range(100)], content=bytes(1 << 16)),
    b"#!/usr/bin/env python3\n" + zipped(["__main__.py"]),
    tarred(tarfile.SYMTYPE, "/etc/passwd"),
    tarred(tarfile.LNKTYPE, "/etc/passwd"),
    tarred(tarfile.CHRTYPE, ""),
    tarred(tarfile.SYMTYPE, "../../etc", "w:gz"),
    gzip.compress(bytes(1 << 24)),
    bz2.compress(CODE),
    lzma.compress(CODE),
    b"\xa7\r\r\n" + bytes(12) + marshal.dumps(compile(CODE, "scale.py", "exec")),
    b"\x7fELF\x02\x01\x01" + bytes(9) + CODE,
    pickle.dumps(CODE, 4),
    saved(np.ones(7)),
    b"%PDF-1.4\n" + bytes(range(256)),
    b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    bytes(1 << 20),
    b"",
    b"\n \t\n",
)
