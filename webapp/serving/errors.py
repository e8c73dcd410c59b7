"""What can keep the server from starting: each error is one text for the operator, and the exit code that it means."""

from __future__ import annotations


class ServingError(Exception):
    """The server cannot start; the text says why and what to do."""

    exit_code = 2


class HomeInUse(ServingError):
    """Another supervisor holds this home."""


class HomeRefused(ServingError):
    """The system does not let us use this home."""


class RedisMissing(ServingError):
    """There is no Redis on this machine."""


class AddressRefused(ServingError):
    """The system does not give us this address to listen on."""


class PartFailed(ServingError):
    """A part ended, or stayed silent, before it was ready."""

    exit_code = 3
