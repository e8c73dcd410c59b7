"""The command line as a whole: help, examples, the README, and what starting it costs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
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


# --- what we did not foresee ------------------------------------------------------------------------------------------


@pytest.fixture
def faulty(monkeypatch):
    """Lets every command that loads a course fail in a way that nobody foresaw."""

    def fail(path=None):
        raise ZeroDivisionError("of all things,\nthis")

    monkeypatch.setattr("grader.course.load_course", fail)


def test_an_unexpected_failure_of_ours_is_three_and_one_line(chainrule, faulty):
    result = chainrule("list")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == (
        "Error: chainrule itself failed: ZeroDivisionError: of all things, this. CHAINRULE_DEBUG=1 shows where.\n"
    )


def test_where_it_came_from_is_shown_on_demand(chainrule, faulty, monkeypatch):
    monkeypatch.setenv("CHAINRULE_DEBUG", "1")
    result = chainrule("list")
    assert result.exit_code == 3
    assert "Traceback" in result.stderr
    assert "in fail" in result.stderr


@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"], ["--help"], ["completion", "bash"]])
def test_a_result_that_cannot_be_written_is_three(program, arguments):
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        done = program(*arguments, stdout=full)
    assert done.returncode == 3
    assert done.stderr.startswith("Error: chainrule itself failed: OSError: [Errno 28] No space left on device.")
    assert done.stderr.count("\n") == 1


def test_where_even_the_error_cannot_be_written_it_is_three(program):
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        assert program("list", stdout=full, stderr=full).returncode == 3


def test_a_reader_that_has_gone_away_is_no_failure_of_ours(program):
    reading, writing = os.pipe()
    os.close(reading)
    done = program("list", stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


def test_a_closed_output_is_nobodys_failure(course):
    code = "import os\nos.close(1)\nos.execv(sys.executable, [sys.executable, '-c', 'from grader.cli import main; main()', 'list'])"
    environment = {**os.environ, "CHAINRULE_COURSE": str(course.path)}
    done = subprocess.run([sys.executable, "-c", f"import sys\n{code}"], env=environment, check=False, timeout=60)
    assert done.returncode == 0


# --- an output without Unicode ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "right", "wrong"), [("ascii", "+", "x"), ("cp1252", "+", "x"), ("utf-8", "✓", "✗")]
)
def test_marks_are_those_that_the_output_can_show(program, files, encoding, right, wrong):
    done = program("grade", "wrong.py", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (1, "")
    rows = done.stdout.splitlines()
    assert any(row.startswith(f"{right} ") for row in rows)
    assert any(row.startswith(f"{wrong} ") for row in rows)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_what_the_output_cannot_show_is_a_question_mark(program, folder, encoding):
    (folder / "raises.py").write_text("def scale(x, factor=2.0):\n    raise ValueError('ω')\n", encoding="utf-8")
    done = program("grade", "raises.py", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (1, "")
    assert "scale raised ValueError in line 2: ?" in done.stdout


def test_a_name_that_the_output_cannot_show_is_no_failure_of_ours(program):
    done = program("check", "ω.py", PYTHONIOENCODING="cp1252")
    assert (done.returncode, done.stderr) == (2, "Error: ?.py: No such file or directory\n")


# --- Ctrl-C -----------------------------------------------------------------------------------------------------------


def interrupted(course, arguments, after_s):
    """A command that got a Ctrl-C, as a terminal sends it: to every process of the command; and how long it then took."""
    code = "import sys; from grader.cli import main; print('begins', file=sys.stderr); main()"
    command = [sys.executable, "-c", code, *arguments]
    environment = {**os.environ, "CHAINRULE_COURSE": str(course)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, start_new_session=True, **pipes) as process:
        assert process.stderr.readline() == "begins\n"
        time.sleep(after_s)
        started = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
        took = time.monotonic() - started
    deadline = time.monotonic() + 5
    while in_group(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not in_group(process.pid)
    return process.returncode, out, err, took


def in_group(group):
    """Whether any process is left in it."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize("after_s", [0.2, 0.6, 2.0])
@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "loop.py"],
        ["grade", "loop.py"],
        ["grade", *["loop.py"] * 20, "--jobs", "2"],
        ["exercise", "test", "--seeds", "2000", "--jobs", "2"],
        ["exercise", "test", "--seeds", "2000", "--jobs", "1"],
    ],
    ids=["check", "grade one", "grade many", "prove side by side", "prove"],
)
def test_a_command_that_is_interrupted_ends_at_once_with_one_sentence(
    folder, tmp_path_factory, course, arguments, after_s
):
    path = tmp_path_factory.mktemp("patient") / "course"
    shutil.copytree(course.path, path)
    toml = path / "exercises/sound/scale/exercise.toml"
    toml.write_text(toml.read_text().replace("wall_s = 1.0", "wall_s = 60").replace("cpu_s = 0.3", "cpu_s = 30"))
    (folder / "loop.py").write_text("def scale(x, factor=2.0):\n    while True: pass\n")
    code, out, err, took = interrupted(path, arguments, after_s)
    assert (code, out, err) == (130, "", "\nStopped.\n")
    assert took < 5


# --- what starting costs ----------------------------------------------------------------------------------------------


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
    assert offers(words) == [offered]


def offers(words, **environment):
    """What the shell is offered in place of the last word."""
    asked = {"_CHAINRULE_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    result = CliRunner(env={**asked, **environment}).invoke(cli, [], prog_name="chainrule")
    assert (result.exit_code, result.stderr) == (0, "")
    return [line.removeprefix("plain,") for line in result.stdout.split()]


@pytest.mark.parametrize(
    "words",
    [
        "chainrule new l", "chainrule exercise test scale l", "chainrule check answer.py -e l",
        "chainrule grade answer.py --exercise l", "chainrule submit answer.py -e l", "chainrule status -e l",
    ],
)  # fmt: skip
def test_the_shell_is_offered_the_exercises(words, course):
    assert offers(words, CHAINRULE_COURSE=str(course.path)) == ["layer", "leaky"]


def test_the_shell_is_offered_the_exercises_of_the_course_that_is_named(course):
    assert offers(f"chainrule --course {course.path} new sc") == ["scale"]
    assert offers(f"chainrule new --course {course.path} sc") == ["scale"]
    assert "adam" in offers("chainrule new ")


def test_without_a_course_the_shell_is_offered_nothing(folder):
    assert offers("chainrule new ", CHAINRULE_COURSE=str(folder)) == []


# --- which course -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [[], ["--course", "nowhere"]])
@pytest.mark.parametrize(
    "command",
    [["list"], ["new", "scale"], ["exercise", "test", "scale", "--seeds", "1", "--jobs", "1"], ["check", "right.py"]],
)
def test_the_course_may_be_named_after_the_command_which_counts(before, command, bare, files, course):
    path = bare if command[0] == "check" else course.path
    result = CliRunner().invoke(cli, [*before, *command, "--course", str(path)], prog_name="chainrule")
    assert result.exit_code == 0, result.output


def test_every_command_that_reads_the_course_takes_it_after_itself_too():
    without = {"login", "grades", "logout", "completion"}
    for path, command in COMMANDS:
        assert any("--course" in each.opts for each in command.params) == (path.split()[-1] not in without), path


def test_the_course_may_be_named_between_a_group_and_its_command(course):
    arguments = ["exercise", "--course", str(course.path), "test", "scale", "--seeds", "1", "--jobs", "1"]
    assert CliRunner().invoke(cli, arguments, prog_name="chainrule").exit_code == 0
