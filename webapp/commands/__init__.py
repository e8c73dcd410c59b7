"""The operator's commands, which join `chainrule` as plug-ins. Modules here import click at most before they are run."""

from webapp.commands.demo import demo
from webapp.commands.grades import gradebook
from webapp.commands.people import course, roster, user
from webapp.commands.running import db, serve, web, worker

__all__ = ["serve", "web", "worker", "db", "user", "roster", "course", "gradebook", "demo"]
