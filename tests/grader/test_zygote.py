"""The warm process, in this one: what it does where the kernel refuses."""

from __future__ import annotations

import _imp
import socket
from typing import Any

import pytest

from grader.inside import walls, zygote


def test_a_clone_that_is_refused_leaves_no_lock_of_pythons_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(wall: str, *_: object) -> int:
        raise walls.WallError(f"{wall}: EAGAIN")

    monkeypatch.setattr(walls, "system_call", refused)
    kit: Any = None  # no child comes of it
    with socket.socket() as control, pytest.raises(walls.WallError, match="clone: EAGAIN"):
        zygote._Zygote(control, kit).clone(stream=0, output=1)
    assert not _imp.lock_held()
