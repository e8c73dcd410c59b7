"""Ends the whole process with status 0 before anything runs."""

os._exit(0)
