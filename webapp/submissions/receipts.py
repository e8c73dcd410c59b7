"""Receipts: what we sign when we accept a submission, so that a student can prove it later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from itsdangerous import BadSignature, URLSafeSerializer

SALT: Final = "chainrule receipt 1"


@dataclass(frozen=True)
class Receipt:
    """That this person handed in a file with this digest (SHA-256) for this exercise at this moment."""

    submission: str
    email: str
    course: str
    exercise: str
    digest: str
    received_at: str
    """ISO 8601, in UTC."""

    @property
    def moment(self) -> datetime:
        """When it was received."""
        return datetime.fromisoformat(self.received_at)


def sign(receipt: Receipt, secret: str) -> str:
    """The receipt as a text with its signature."""
    signed = _serializer(secret).dumps(vars(receipt))
    return signed if isinstance(signed, str) else signed.decode()


def read(text: str, secret: str) -> Receipt | None:
    """The receipt that we signed, or None for a text that we did not."""
    try:
        return Receipt(**_serializer(secret).loads("".join(text.split())))
    except BadSignature:
        return None


@cache
def _serializer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=SALT)


def moment(received_at: datetime) -> str:
    """A moment as it stands in receipts."""
    return received_at.isoformat(timespec="milliseconds")
