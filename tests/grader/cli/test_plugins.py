"""Commands from outside: a distribution with an entry point, put where Python finds it."""

from __future__ import annotations

import resource
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from grader.cli.entrypoints import entry_points
from grader.cli.plugins import PluggableGroup, plugins, services

COMMANDS = """
import click

@click.command()
@click.argument("number", type=int)
def double(number):
    "Double a number."
    click.echo(2 * number)

@click.command()
def hungry():
    "Need a library."
    import no_such_library.part

@click.command()
def mistaken():
    "Import what we forgot to write."
    import outside_commands.forgotten

@click.command()
def broken():
    "Divide by zero."
    1 / 0
"""

ENTRY_POINTS = """
[outside.commands]
mistaken = outside_commands:mistaken
hungry = outside_commands:hungry
double = outside_commands:double
broken = outside_commands:broken
builtin = outside_commands:double
absent = no_such_package.commands:absent
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Puts the distribution on the path; `requirement` is what its extra asks for."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "outside_commands.py").write_text(COMMANDS)

    def run(requirement="click>=1", more=""):
        folder = tmp_path / "outside-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: outside\nVersion: 1.0\nRequires-Dist: {requirement}; extra == 'server'\n"
        )
        (folder / "entry_points.txt").write_text(ENTRY_POINTS + more)

    yield run
    for name in ("outside_commands", "outside_lines"):
        sys.modules.pop(name, None)


class Group(PluggableGroup):
    """Sees the commands of these tests alone, whatever is installed."""

    entry_points = "outside.commands"
    plugins = "outside.plugins"


@pytest.fixture
def call():
    """Calls a group that has one command of its own."""

    @click.group(cls=Group)
    def group():
        """A group."""

    @group.command()
    def builtin():
        """Ours."""
        click.echo("ours")

    return lambda *arguments: CliRunner().invoke(group, arguments, prog_name="chainrule")


def test_a_command_from_outside_runs(install, call):
    install()
    assert call("double", "21").output == "42\n"


def test_help_lists_our_own_first_then_those_from_outside_by_name(install, call):
    install()
    listed = [line.split()[0] for line in call("--help").output.partition("Commands:\n")[2].splitlines()]
    ours = [name for name in listed if name in ("builtin", "broken", "double", "hungry", "mistaken")]
    assert ours == ["builtin", "broken", "double", "hungry", "mistaken"]


LINES = """
SUMMARIES = {"double": "Twice a number, in a line of its own.", "builtin": "Not ours.", "unknown": "No command."}
"""
PLUGIN = "[outside.plugins]\nlines = outside_lines\nabsent = no_such_package.plugin\n"


def test_help_takes_the_line_of_a_command_from_its_plug_in_and_loads_none_of_these(install, call, tmp_path):
    (tmp_path / "outside_lines.py").write_text(LINES)
    install(more=PLUGIN)
    listed = call("--help").output.partition("Commands:\n")[2].splitlines()
    assert "  double    Twice a number, in a line of its own." in listed
    assert "  builtin   Ours." in listed
    assert "  broken    Divide by zero." in listed  # it has no line, and is loaded for its own
    assert not any("unknown" in line or "absent" in line for line in listed)


def test_where_every_command_has_a_line_none_is_loaded(install, call, tmp_path):
    names = ("mistaken", "hungry", "double", "broken", "absent")
    (tmp_path / "outside_lines.py").write_text(f"SUMMARIES = dict.fromkeys({names!r}, 'A line.')\n")
    install(more=PLUGIN)
    assert call("--help").output.count("A line.") == 5
    assert "outside_commands" not in sys.modules


def test_a_commands_own_help_is_its_own(install, call, tmp_path):
    (tmp_path / "outside_lines.py").write_text(LINES)
    install(more=PLUGIN)
    assert "Double a number." in call("double", "--help").output


def test_one_of_our_own_names_cannot_be_taken(install, call):
    install()
    assert call("builtin").output == "ours\n"


def test_a_command_whose_extra_is_missing_says_what_to_install(install, call):
    install("no-such-library>=1")
    result = call("hungry")
    assert result.exit_code == 2
    assert result.output == (
        "Error: `chainrule hungry` needs no_such_library, which is not installed: pip install 'chainrule[server]'\n"
    )


def test_a_command_whose_package_is_missing_is_not_listed_and_says_what_to_install(install, call):
    install()
    assert "absent" not in call("--help").output
    for arguments in (("absent",), ("absent", "--help"), ("absent", "--port", "0")):
        result = call(*arguments)
        assert result.exit_code == 2
        assert "`chainrule absent` needs no_such_package" in result.output


@pytest.mark.parametrize(
    ("requirement", "command"),
    [
        ("click>=1", "hungry"),  # the extra is complete, so we forgot to ask for the library
        ("no-such-library>=1", "mistaken"),
    ],
)
def test_a_mistake_of_ours_is_not_taken_for_a_missing_extra(requirement, command, install, call):
    install(requirement)
    assert isinstance(call(command).exception, ModuleNotFoundError)


def test_a_module_of_ours_that_does_not_exist_is_not_taken_for_a_missing_extra(install, call):
    install("no-such-library>=1", "unwritten = outside_commands.missing:unwritten\n")
    assert isinstance(call("unwritten").exception, ModuleNotFoundError)


def test_other_exceptions_are_not_hidden(install, call):
    install("no-such-library>=1")
    assert isinstance(call("broken").exception, ZeroDivisionError)


def test_an_unknown_command_is_refused_as_ever(install, call):
    install()
    result = call("dubble")
    assert result.exit_code == 2
    assert "No such command 'dubble'" in result.output


def test_help_imports_no_server_and_no_command_of_one():
    """It answers at once; Flask and its friends take half a second to import."""
    heavy = ("flask", "sqlalchemy", "celery", "gunicorn", "redis", "numpy", "webapp.commands", "importlib.metadata")
    script = (
        "import sys; from click.testing import CliRunner; from grader.cli import cli\n"
        "assert CliRunner().invoke(cli, ['--help']).exit_code == 0\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


SERVICES = """
from grader.doctor import Finding

SUMMARIES = {}

def services():
    yield Finding("lighthouse", "stands", "it is lit")
    import no_such_library.part
"""


def test_the_services_of_a_plug_in_are_tried(install, tmp_path):
    (tmp_path / "outside_lines.py").write_text(SERVICES)
    install("no-such-library>=1", PLUGIN)
    lighthouse, missing = services("outside.plugins")
    assert (lighthouse.name, lighthouse.status) == ("lighthouse", "stands")
    assert (missing.name, missing.status) == ("services", "missing")
    assert missing.text == "no_such_library is not installed: pip install 'chainrule[server]'"


def test_a_mistake_of_ours_in_a_service_is_not_taken_for_a_missing_extra(install, tmp_path):
    (tmp_path / "outside_lines.py").write_text(SERVICES)
    install("click>=1", PLUGIN)
    with pytest.raises(ModuleNotFoundError):
        list(services("outside.plugins"))


def test_where_no_plug_in_is_there_are_no_services():
    assert list(services("no.such.group")) == []


def test_every_command_of_the_platform_has_its_own_line_in_the_list():
    installed = entry_points()
    commands = {each.name: each.load() for each in installed if each.group == PluggableGroup.entry_points}
    ((_, platform),) = plugins(each for each in installed if each.group == PluggableGroup.plugins)
    told = {name: click.Command(name, help=line) for name, line in platform.SUMMARIES.items()}
    assert {name: each.get_short_help_str(300) for name, each in told.items()} == {
        name: each.get_short_help_str(300) for name, each in commands.items()
    }


def test_help_takes_well_under_a_fifth_of_a_second_of_the_processor():
    def seconds():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-c", "from grader.cli import main; main()", "--help"], capture_output=True, check=False
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(seconds() for _ in range(5)) < 0.2
