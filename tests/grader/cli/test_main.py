"""The command line as a whole: help, examples, the README, and what starting it costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from grader import __version__
from grader.cli import cli

ROOT = Path(__file__).resolve().parents[3]


def walk(command, path="chainrule"):
    """All commands that do something, with the words by which one calls them."""
    if isinstance(command, click.Group):
        return [each for name, below in command.commands.items() for each in walk(below, f"{path} {name}")]
    return [(path, command)]


COMMANDS = walk(cli)
names = [path for path, _ in COMMANDS]


def test_the_commands_are_those_of_the_design():
    assert names == [
        "chainrule list",
        "chainrule new",
        "chainrule check",
        "chainrule login",
        "chainrule submit",
        "chainrule status",
        "chainrule grades",
        "chainrule logout",
        "chainrule grade",
        "chainrule exercise test",
        "chainrule exercise new",
        "chainrule doctor",
        "chainrule completion",
    ]


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=names)
def test_every_command_has_help_with_an_example_of_itself(path, command):
    assert command.get_short_help_str(200)
    assert f"Example: {path}" in command.help


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=names)
def test_every_option_says_what_it_is(path, command):
    assert all(each.help for each in command.params if isinstance(each, click.Option))


@pytest.mark.parametrize("path", names)
def test_every_command_stands_in_the_readme(path):
    assert f"`{path}" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=names)
def test_every_command_that_prints_a_result_can_print_it_as_json(path, command):
    assert any("--json" in each.opts for each in command.params) == (path != "chainrule completion")


@pytest.mark.parametrize("path", ["chainrule", "chainrule exercise", *names])
def test_help_is_printed_for_every_command(chainrule, path):
    for option in ("-h", "--help"):
        result = chainrule(*path.split()[1:], option)
        assert result.exit_code == 0
        assert result.stdout.startswith("Usage: chainrule")


def test_the_version_is_told(chainrule):
    assert chainrule("--version").stdout == f"chainrule, version {__version__}\n"


def test_a_command_that_does_not_exist_is_a_wrong_call(chainrule):
    result = chainrule("grad")
    assert result.exit_code == 2
    assert "No such command 'grad'" in result.stderr


def test_a_folder_without_a_course_is_a_wrong_input(chainrule, folder):
    result = chainrule("list", course=folder)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "course.toml is missing; `--course DIR` names a folder with a course" in result.stderr


def modules_after(*arguments):
    """The names of all modules that are loaded once a command has run."""
    code = (
        "import sys\nfrom grader.cli import cli\n"
        f"try:\n    cli({list(arguments)!r})\nexcept SystemExit:\n    pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stderr.split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["grade", "--help"], ["completion", "bash"]])
def test_help_and_completion_load_nothing_big(arguments):
    assert not modules_after(*arguments) & {"numpy", "rich", "grader.grading", "grader.checks", "multiprocessing"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_of_every_shell_is_printed(chainrule, shell):
    result = chainrule("completion", shell)
    assert result.exit_code == 0
    assert "_CHAINRULE_COMPLETE" in result.stdout


def test_a_shell_that_is_not_known_is_a_wrong_call(chainrule):
    assert chainrule("completion", "cmd").exit_code == 2


@pytest.mark.parametrize(
    ("words", "offered"),
    [("chainrule ex", "exercise"), ("chainrule exercise t", "test"), ("chainrule grade --se", "--seed")],
)
def test_the_shell_is_offered_what_fits(words, offered):
    asked = {"_CHAINRULE_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    assert CliRunner(env=asked).invoke(cli, [], prog_name="chainrule").stdout == f"plain,{offered}\n"
