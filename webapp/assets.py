"""Addresses of our own static files, with a hash of their content: browsers keep them for ever, and never too long.

The style sheets are one file each component where they are written, and one sheet for browsers.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from flask import Flask, Response, request, url_for

from webapp.authorisation import Public, allow

SHEET: Final = "css/all.css"


def init_app(app: Flask) -> None:
    """Gives templates `asset`, serves the sheet, and lets browsers keep what was asked for with a hash."""
    assert app.static_folder is not None
    folder = Path(app.static_folder)

    @cache
    def sheet() -> bytes:
        css = folder / "css"
        components = sorted((css / "components").glob("*.css"), key=lambda path: (path.stem == "print", path.name))
        return b"\n".join(path.read_bytes() for path in [css / "tokens.css", css / "base.css", *components])

    @cache
    def version(name: str) -> str:
        data = sheet() if name == SHEET else (folder / name).read_bytes()
        return hashlib.sha256(data).hexdigest()[:12]

    @app.template_global()
    def asset(name: str) -> str:
        return url_for("static", filename=name, v=version(name))

    @app.get(f"/static/{SHEET}")
    @allow(Public())
    def style() -> Response:
        return Response(sheet(), mimetype="text/css")

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint in ("static", "style") and "v" in request.args:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
