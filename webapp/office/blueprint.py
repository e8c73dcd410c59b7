"""The blueprint of the course office, to which the modules of its views add theirs."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("setup", __name__)
