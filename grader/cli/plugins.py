"""Commands from outside: the entry points of the group `chainrule.commands` join the command line.

The engine must not know the web platform, yet both have one command line. An entry point is loaded when the command or
its help is asked for. The list of all commands loads none of them: the entry points of `chainrule.plugins` are small
modules with a line on each command in `SUMMARIES`, and with the services that the doctor tries in `services()`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Final

import click

from grader.cli.common import WRONG_CALL, Failure
from grader.cli.entrypoints import EntryPoint, entry_points

if TYPE_CHECKING:
    from importlib.metadata import Distribution

    from grader.doctor import Finding

EXTRA: Final = "server"
PLUGINS: Final = "chainrule.plugins"


def plugins(found: Iterable[EntryPoint]) -> Iterator[tuple[EntryPoint, ModuleType]]:
    """The modules of these entry points, without those whose package is not installed."""
    for entry_point in found:
        try:
            yield entry_point, entry_point.load()
        except ModuleNotFoundError as error:
            if not _lacks_extra(entry_point, error):
                raise


def services(group: str = PLUGINS) -> Iterator[Finding]:
    """Tries the services of every plug-in; where their libraries are not installed, there are none here."""
    from grader.doctor import Finding

    for entry_point, module in plugins(each for each in entry_points() if each.group == group):
        try:
            yield from module.services()
        except ModuleNotFoundError as error:
            if not _lacks_extra(entry_point, error):
                raise
            yield Finding("services", "missing", f"{error.name} is not installed: pip install 'chainrule[{EXTRA}]'")


class PluggableGroup(click.Group):
    """A group whose own commands come first, in their order, then those from outside, by name."""

    entry_points = "chainrule.commands"
    plugins = PLUGINS

    @cached_property
    def _offered(self) -> list[EntryPoint]:
        return entry_points()

    @cached_property
    def plug_ins(self) -> dict[str, EntryPoint]:
        """The commands from outside. One of our own names cannot be taken."""
        found = {each.name: each for each in self._offered if each.group == self.entry_points}
        return {name: found[name] for name in sorted(found) if name not in self.commands}

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands, those from outside by the line that their plug-in has for them."""
        lines = self._lines()
        commands = {
            name: click.Command(name, help=lines[name]) if name in lines else self.get_command(ctx, name)
            for name in self.list_commands(ctx)
        }
        shown = {name: command for name, command in commands.items() if command is not None and not command.hidden}
        room = formatter.width - 6 - max(map(len, shown))
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(room)) for name, command in shown.items()])

    def _lines(self) -> dict[str, str]:
        modules = plugins(each for each in self._offered if each.group == self.plugins)
        told = {name: line for _, module in modules for name, line in module.SUMMARIES.items()}
        return {name: told[name] for name in self.plug_ins if name in told}

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
    return not _is_complete(plug_in.dist)


def _is_complete(ours: Distribution) -> bool:
    """Whether each package is installed that the extra asks for."""
    from importlib.metadata import PackageNotFoundError, distribution

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
