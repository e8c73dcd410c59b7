"""Chainrule's grading engine: hidden checks on the trusted side, the student's code as a remote object."""

__version__ = "0.1.0"
