"""The application factory: settings, the services that all requests share, security, and one blueprint a feature."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from grader.tasks import Post
from webapp import assets, authorisation, problems, security, web
from webapp.accounts.views import bp as accounts
from webapp.api.views import bp as api
from webapp.courses.content import Library
from webapp.courses.views import bp as courses
from webapp.dashboard.views import bp as dashboard
from webapp.database import Database
from webapp.exercises.views import bp as exercises
from webapp.gradebook.views import bp as gradebook
from webapp.grades.views import bp as grades
from webapp.mail import Mail
from webapp.office.views import bp as setup
from webapp.settings import Settings
from webapp.submissions.views import bp as submissions


def create_app(settings: Settings) -> Flask:
    """The web application. Raises SettingsError where the secret is missing, or the mail server's address is none."""
    app = Flask("webapp")
    app.url_map.merge_slashes = False  # an address with // is unknown; sending on would answer the API in HTML
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies
        )
    app.extensions[web.EXTENSION] = web.Services(
        settings,
        Database(settings.database_url, settings.connections),
        Post(settings.redis_url),
        Library(),
        Mail(settings),
    )
    problems.init_app(app)
    web.init_app(app)
    assets.init_app(app)
    security.init_app(app, settings)
    authorisation.init_app(app)
    for feature in (accounts, courses, exercises, submissions, grades, dashboard, gradebook, setup, api):
        app.register_blueprint(feature)
    authorisation.require_rules(app)
    return app
