"""Commands from outside: the entry points of the group `chainrule.commands` join the command line.

The engine must not know the web platform, yet both have one command line. An entry point is loaded when its help or
the command itself is asked for; its module imports click at most, so that help answers at once.
"""

from __future__ import annotations

import re
from functools import cached_property
from importlib.metadata import Distribution, EntryPoint, PackageNotFoundError, distribution, entry_points

import click

from grader.cli.common import WRONG_CALL, Failure

EXTRA = "server"


class PluggableGroup(click.Group):
    """A group whose own commands come first, in their order, then those from outside, by name."""

    entry_points = "chainrule.commands"

    @cached_property
    def plug_ins(self) -> dict[str, EntryPoint]:
        """The commands from outside. One of our own names cannot be taken."""
        found = {each.name: each for each in entry_points(group=self.entry_points)}
        return {name: found[name] for name in sorted(found) if name not in self.commands}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names."""
        return [*self.commands, *self.plug_ins]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, loaded."""
        if cmd_name in self.commands or cmd_name not in self.plug_ins:
            return super().get_command(ctx, cmd_name)
        plug_in = self.plug_ins[cmd_name]
        try:
            command: click.Command = plug_in.load()
        except ModuleNotFoundError as error:
            if not _lacks_extra(plug_in, error):
                raise
            return _stand_in(plug_in, error)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Runs a command; where the extra is missing that it needs, says so in one line."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            plug_in = self.plug_ins.get(ctx.invoked_subcommand or "")
            if plug_in is None or not _lacks_extra(plug_in, error):
                raise
            raise _explained(plug_in, error) from error


def _lacks_extra(plug_in: EntryPoint, error: ModuleNotFoundError) -> bool:
    """Whether the module is missing because the extra is not installed, and not through a mistake of ours."""
    package = plug_in.module.partition(".")[0]
    missing = error.name or ""
    if missing.partition(".")[0] == package:
        return missing == package  # all of it: this installation has no server
    return plug_in.dist is not None and not _is_complete(plug_in.dist)


def _is_complete(ours: Distribution) -> bool:
    """Whether each package is installed that the extra asks for."""
    for requirement in ours.requires or ():
        if re.search(rf"extra\s*==\s*['\"]{EXTRA}['\"]", requirement):
            name = re.match(r"[\w.-]+", requirement)
            assert name is not None
            try:
                distribution(name[0])
            except PackageNotFoundError:
                return False
    return True


def _explained(plug_in: EntryPoint, error: ModuleNotFoundError) -> Failure:
    return Failure(
        f"`chainrule {plug_in.name}` needs {error.name}, which is not installed: pip install 'chainrule[{EXTRA}]'",
        WRONG_CALL,
    )


def _stand_in(plug_in: EntryPoint, error: ModuleNotFoundError) -> click.Command:
    """Takes the place of a command that cannot be loaded: not in the list, but it says why when it is called."""

    def explain() -> None:
        raise _explained(plug_in, error)

    return click.Command(
        plug_in.name,
        callback=explain,
        hidden=True,
        add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
