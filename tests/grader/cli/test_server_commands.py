"""The commands of a student that talk to a server, against a stand-in: login, submit, status, grades, logout."""

from __future__ import annotations

import json
import os
import pty
import signal
import stat
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from grader.cli import cli, credentials
from grader.cli.common import Failure
from grader.report import CheckResult, Report

ESCAPES = "\x1b]0;owned\x07\x1b[2J\u202e"
PASSED = Report("scale", "0" * 16, "passed", 4.0, 4.0, 1, [CheckResult("a", "It scales", True, 4.0, 4.0)])


def report(status="passed", **more):
    return {**PASSED.as_dict(), "status": status, **more}


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    """A home of its own, with no login in it and none in the environment."""
    path = tmp_path_factory.mktemp("home")
    for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(path))
    for name in ("CHAINRULE_URL", "CHAINRULE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return path


@pytest.fixture
def login_file(home):
    return Path(click.get_app_dir("chainrule")) / "login.json"


@pytest.fixture
def logged_in(chainrule, stand_in, login_file):
    """Logged in to the stand-in, whose list of requests is empty again."""
    assert chainrule("login", stand_in.url, "--token", stand_in.token).exit_code == 0
    stand_in.requests.clear()
    stand_in.report = report()


@pytest.fixture
def gone(stand_in):
    """Nothing answers any more."""
    stand_in.close_port()


def fails(result, code, *texts):
    """Asserts that a command ended so, with these texts on standard error and nothing on standard output."""
    assert (result.exit_code, result.stdout) == (code, "")
    for text in texts:
        assert text in result.stderr


# --- login ------------------------------------------------------------------------------------------------------------


def test_login_says_who_one_is_and_keeps_the_token_for_the_owner_alone(chainrule, stand_in, login_file):
    result = chainrule("login", stand_in.url + "/", "--token", stand_in.token)
    assert result.exit_code == 0
    assert f"Logged in to {stand_in.url} as Ada (ada@example.org).\n    Deep learning 2026\n" in result.stdout
    assert json.loads(login_file.read_text()) == {"url": stand_in.url, "token": stand_in.token}
    assert stat.S_IMODE(login_file.stat().st_mode) == 0o600
    assert [each.name for each in login_file.parent.iterdir()] == ["login.json"]


def test_login_takes_the_token_from_standard_input(course, stand_in, login_file):
    result = CliRunner().invoke(cli, ["login", stand_in.url], input=f" {stand_in.token}\n")
    assert result.exit_code == 0
    assert json.loads(login_file.read_text())["token"] == stand_in.token


def test_login_asks_for_the_token_without_showing_it(stand_in, login_file):
    terminal, inside = pty.openpty()
    command = [sys.executable, "-c", "from grader.cli import main; main()", "login", stand_in.url]
    with subprocess.Popen(command, stdin=inside, stdout=inside, stderr=inside, start_new_session=True) as process:
        os.close(inside)
        seen = b""
        while b"Token:" not in seen:  # a program that ends without asking ends this with an OSError
            seen += os.read(terminal, 1024)
        os.write(terminal, stand_in.token.encode() + b"\n")
        assert process.wait(30) == 0
        seen += os.read(terminal, 4096)
    os.close(terminal)
    assert f"Make a personal token at {stand_in.url}/account".encode() in seen
    assert b"Logged in to" in seen
    assert stand_in.token.encode() not in seen


def test_login_never_prints_the_token(chainrule, stand_in):
    for arguments in (["--json"], []):
        result = chainrule("login", stand_in.url, "--token", stand_in.token, *arguments)
        assert stand_in.token not in result.output
    assert stand_in.token not in repr(credentials.current_login())


def test_login_prints_one_json_document(chainrule, stand_in):
    document = json.loads(chainrule("login", stand_in.url, "--token", stand_in.token, "--json").stdout)
    assert (document["url"], document["name"], document["courses"][0]["slug"]) == (stand_in.url, "Ada", "dl-2026")


def test_a_token_that_the_server_does_not_know_is_not_kept(chainrule, stand_in, login_file):
    result = chainrule("login", stand_in.url, "--token", "wrong")
    fails(result, 2, "the server does not accept your token", f"Make a new one at {stand_in.url}/account")
    assert not login_file.exists()


def test_a_failed_login_leaves_the_one_there_was(chainrule, stand_in, logged_in, login_file):
    chainrule("login", stand_in.url, "--token", "wrong")
    assert json.loads(login_file.read_text())["token"] == stand_in.token


@pytest.mark.parametrize(
    ("token", "text"),
    [("", "is empty"), ("\n", "is empty"), ("a b", "holds a space"), ("a\r\nX-Y: 1", "holds a space")],
)
def test_what_cannot_be_a_token_is_not_sent(chainrule, stand_in, token, text):
    fails(chainrule("login", stand_in.url, "--token", token), 2, f"the token {text}")
    assert stand_in.requests == []


@pytest.mark.parametrize("answer", [(404,), (200,), (302,)])
def test_an_address_without_a_chainrule_server_is_told(chainrule, stand_in, answer):
    stand_in.answers_as_a_proxy(*answer)
    result = chainrule("login", stand_in.url, "--token", "t")
    assert result.exit_code in (2, 3)
    assert "Is the address right, and are you connected?" in result.stderr


def test_nobody_at_the_address_is_told(chainrule, stand_in, gone, login_file, monkeypatch):
    monkeypatch.setattr("grader.client._FIRST_PAUSE_S", 9)
    fails(chainrule("login", stand_in.url, "--token", "t"), 3, f"Nothing answers at {stand_in.url}.")
    assert not login_file.exists()


def test_a_folder_that_cannot_be_written_is_told(chainrule, stand_in, login_file):
    login_file.parent.parent.mkdir(exist_ok=True)
    login_file.parent.write_text("a file where the folder should be")
    fails(chainrule("login", stand_in.url, "--token", stand_in.token), 2, "the login cannot be kept in")
    assert login_file.parent.read_text() == "a file where the folder should be"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://a.example", "https://a.example"),
        (" https://a.example/ ", "https://a.example"),
        ("a.example", "https://a.example"),
        ("https://a.example/courses/", "https://a.example/courses"),
        ("https://a.example/api/v1", "https://a.example"),
        ("HTTPS://a.example:8443", "https://a.example:8443"),
        ("localhost:5000", "http://localhost:5000"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("http://[::1]:5000", "http://[::1]:5000"),
        ("[::1]:5000", "http://[::1]:5000"),
    ],
)
def test_an_address_is_brought_into_its_one_form(text, url):
    assert credentials.checked_url(text) == url


@pytest.mark.parametrize(
    "text",
    ["", "https://", "ftp://a.example", "https://u:p@a.example", "https://a.example?x", "https://a.example#x",
     "https://a.example:port", "https://a.example:0", "https://a b", "https://[::1", "https://exämple.org", "a\r\nb"],
)  # fmt: skip
def test_what_is_no_address_is_told(text):
    with pytest.raises(Failure, match="is no server's address"):
        credentials.checked_url(text)


@pytest.mark.parametrize("text", ["http://a.example", "http://127.0.0.1.a.example", "http://localhost.a.example"])
def test_plain_http_is_for_this_machine_alone(text):
    with pytest.raises(Failure, match="everybody on the way could read your token"):
        credentials.checked_url(text)
    assert credentials.checked_url(text, insecure=True) == text


def test_plain_http_to_another_machine_sends_nothing(chainrule, login_file):
    fails(chainrule("login", "http://chainrule.invalid", "--token", "t"), 2, "is plain http", "--insecure")
    assert not login_file.exists()


# --- which login ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["status"], ["grades"], ["logout"], ["submit", "right.py"]])
def test_without_a_login_one_is_told_the_way(chainrule, stand_in, files, command):
    fails(chainrule(*command), 2, "you are not logged in. Log in with `chainrule login URL`.")
    assert stand_in.requests == []


def test_the_environment_overrides_the_file(chainrule, stand_in, logged_in, login_file, monkeypatch):
    login_file.write_text('{"url": "http://127.0.0.1:9", "token": "t"}')
    monkeypatch.setenv("CHAINRULE_URL", stand_in.url)
    monkeypatch.setenv("CHAINRULE_TOKEN", stand_in.token)
    assert chainrule("status").exit_code == 0
    assert "override this login" in chainrule("login", stand_in.url, "--token", stand_in.token).stderr


def test_a_token_never_goes_to_an_address_that_it_was_not_given_for(chainrule, stand_in, logged_in, monkeypatch):
    monkeypatch.setenv("CHAINRULE_TOKEN", "chr_elsewhere")
    fails(chainrule("status"), 2, "CHAINRULE_TOKEN is set and CHAINRULE_URL is not. Set both, or neither.")
    assert stand_in.requests == []


def test_an_address_alone_is_no_login_and_leaves_the_file_s_in_use(chainrule, stand_in, login_file, monkeypatch):
    monkeypatch.setenv("CHAINRULE_URL", "https://elsewhere.example")
    fails(chainrule("status"), 2, "you are not logged in.")
    done = chainrule("login", stand_in.url, "--token", stand_in.token)
    assert (done.exit_code, done.stderr) == (0, "")
    assert chainrule("status").exit_code == 0


def test_an_address_of_the_environment_is_held_to_the_same_rules(chainrule, stand_in, logged_in, monkeypatch):
    monkeypatch.setenv("CHAINRULE_URL", "http://a.example")
    monkeypatch.setenv("CHAINRULE_TOKEN", "t")
    fails(chainrule("status"), 2, "is plain http")
    assert stand_in.requests == []


@pytest.mark.parametrize("text", ["", "[]", '{"url": "x"}', '{"url": "x", "token": 3}', "\xff"])
def test_a_damaged_file_is_told(chainrule, login_file, text):
    login_file.parent.mkdir()
    login_file.write_text(text, encoding="latin-1")
    fails(chainrule("status"), 2, f"{login_file} is damaged. Log in again with `chainrule login URL`.")
    assert login_file.read_text(encoding="latin-1") == text


def test_a_revoked_token_is_told_with_the_way_to_a_new_one(chainrule, stand_in, logged_in, login_file):
    stand_in.revoked = True
    fails(
        chainrule("status"), 2, "does not accept your token: Unauthorised. The token is not known, or was revoked.",
        f"Make a new one at {stand_in.url}/account, then `chainrule login {stand_in.url}`.",
    )  # fmt: skip
    assert json.loads(login_file.read_text())["token"] == stand_in.token


# --- submit -----------------------------------------------------------------------------------------------------------


def test_submit_tells_that_the_file_is_accepted_and_gives_the_receipt(chainrule, files, stand_in, logged_in):
    result = chainrule("submit", "right.py")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("Accepted: scale, submission s1, received 2026-05-0")
    assert lines[1:] == [
        "Receipt: receipt-of-ada",
        "Queued, place 3, about 4 s.",
        f"{stand_in.url}/submissions/s1",
        "See the verdict with: chainrule status s1",
    ]
    assert stand_in.submissions[0]["received"] == ("right.py", (files / "right.py").read_text())


def test_submit_prints_the_servers_document_as_json(chainrule, files, stand_in, logged_in):
    document = json.loads(chainrule("submit", "right.py", "--json").stdout)
    assert (document["id"], document["state"], document["receipt"]) == ("s1", "queued", "receipt-of-ada")


def test_submit_sends_a_notebook_as_it_is(chainrule, folder, stand_in, logged_in):
    (folder / "scale.ipynb").write_bytes(b'{"cells": []}')
    assert chainrule("submit", "scale.ipynb").exit_code == 0
    assert stand_in.submissions[0]["received"] == ("scale.ipynb", b'{"cells": []}')


def test_two_submissions_of_one_file_are_two(chainrule, files, stand_in, logged_in):
    for _ in range(2):
        chainrule("submit", "right.py")
    assert len(stand_in.submissions) == 2


def test_a_connection_that_is_lost_submits_nothing_twice(chainrule, files, stand_in, logged_in):
    stand_in.drops(after=True)
    result = chainrule("submit", "right.py", "--json")
    assert (result.exit_code, len(stand_in.submissions)) == (0, 1)
    assert json.loads(result.stdout)["id"] == "s1"
    assert "broke off" in result.stderr
    assert "Trying again in 1 s." in result.stderr


@pytest.mark.parametrize(
    ("status", "code"), [("passed", 0), ("failed", 1), ("timeout", 1), ("invalid", 1), ("platform_error", 3)]
)
def test_waiting_ends_with_the_verdicts_exit_code(chainrule, files, stand_in, logged_in, status, code):
    stand_in.report = report(status)
    assert chainrule("submit", "right.py", "--wait").exit_code == code


@pytest.mark.parametrize("file", ["right.py", "wrong.py"])
def test_waiting_prints_the_same_report_as_grading(chainrule, files, stand_in, logged_in, file):
    printed = chainrule("grade", file, "--seed", 17, "--json")
    stand_in.report = json.loads(printed.stdout)
    waited = chainrule("submit", file, "--wait", "--json")
    assert (waited.stdout, waited.exit_code) == (printed.stdout, printed.exit_code)
    assert chainrule("submit", file, "--wait").stdout == chainrule("grade", file, "--seed", 17).stdout


def test_while_waiting_one_is_told_where_it_stands(chainrule, files, stand_in, logged_in):
    stand_in.polls_until_graded = 2
    result = chainrule("submit", "right.py", "--wait")
    assert result.stderr.splitlines()[1:] == [
        "Receipt: receipt-of-ada",
        "Queued, place 3, about 4 s.",
        f"{stand_in.url}/submissions/s1",
        "Queued, place 3, about 4 s.",
    ]


def test_an_exercise_that_only_the_server_knows_can_be_named(chainrule, files, stand_in, logged_in):
    result = chainrule("submit", "right.py", "--exercise", "adam")
    fails(result, 2, f"there is no exercise 'adam' at {stand_in.url}; there are: scale, layer. Nothing is submitted.")
    assert stand_in.submissions == []


def test_which_exercise_it_is_is_told_and_asked_for_as_by_check(chainrule, folder, stand_in, logged_in):
    (folder / "mine.py").write_text("x = 1\n")
    fails(chainrule("submit", "mine.py"), 2, "which exercise is mine.py?", "Say it with --exercise NAME.")
    assert stand_in.requests == []


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "scale.py is not submitted. The file is empty."),
        (b"\0", "NUL byte"),
        (b"x = '\xff'", "not UTF-8"),
        (b"#" * 200_000, "at most 131,072 are accepted"),
        (b"#" * (10 * 2**20 + 1), "is larger than 10 MB"),
    ],
)
def test_what_no_server_would_take_is_not_sent(chainrule, folder, stand_in, logged_in, data, text):
    (folder / "scale.py").write_bytes(data)
    fails(chainrule("submit", "scale.py"), 2, text)
    assert stand_in.requests == []


def test_a_file_that_is_not_there_is_told(chainrule, stand_in, logged_in):
    fails(chainrule("submit", "nowhere.py"), 2, "nowhere.py: No such file or directory")
    assert stand_in.requests == []


@pytest.mark.parametrize("status", [400, 403, 409, 422])
def test_a_refusal_is_told_with_the_servers_reason(chainrule, files, stand_in, logged_in, status):
    stand_in.answers(status, "The deadline was on 1 May, 23:59. Ask your instructor for an extension.")
    fails(
        chainrule("submit", "right.py"), 2,
        "The deadline was on 1 May, 23:59. Ask your instructor for an extension. Nothing is submitted.",
    )  # fmt: skip
    assert len(stand_in.requests) == 1  # a refusal is final


def test_a_file_that_is_too_large_for_the_server_is_told(chainrule, files, stand_in, logged_in):
    stand_in.answers_as_a_proxy(413)
    fails(chainrule("submit", "right.py"), 2, "does not take a file as large as this.", "clear a notebook's outputs")
    assert len(stand_in.requests) == 1  # it would be as large again


def test_a_server_that_is_busy_for_long_is_told(chainrule, files, stand_in, logged_in):
    stand_in.answers(429, "You submitted 30 times in a minute. Wait ten minutes.", Retry_After="600")
    fails(chainrule("submit", "right.py"), 3, "Wait ten minutes. Nothing is submitted.\n")
    assert len(stand_in.requests) == 1  # ten minutes are too long to wait for


def test_a_server_that_may_have_taken_a_file_before_it_was_busy_is_told(chainrule, files, stand_in, logged_in):
    stand_in.drops(after=True)
    for calls, status in enumerate((503, 429), start=1):
        stand_in.answers(status, "Come back later.", Retry_After="600")
        result = chainrule("submit", "right.py")
        fails(
            result, 3, "Nothing says that your file has arrived.", "`chainrule status` tells; if not, submit it again."
        )
        assert len(stand_in.submissions) == calls  # each had arrived, and all tries of a call have the same key
        stand_in.mishaps = []
        stand_in.drops(after=True)


def test_a_server_that_fails_is_told(chainrule, files, stand_in, logged_in):
    stand_in.answers_as_a_proxy(500)
    fails(chainrule("submit", "right.py"), 3, "answers 500 without a reason", "whether your file has arrived")
    assert stand_in.submissions == []


def test_no_connection_is_told_and_a_large_file_named_as_a_cause(chainrule, folder, logged_in, gone, monkeypatch):
    monkeypatch.setattr("grader.client._FIRST_PAUSE_S", 99)
    (folder / "scale.ipynb").write_bytes(b" " * 3_000_000)
    fails(
        chainrule("submit", "scale.ipynb"), 3, "Nothing answers at", "Nothing says that your file has arrived.",
        "The file has 2.9 MB: perhaps it is too large.",
    )  # fmt: skip
    assert (folder / "scale.ipynb").stat().st_size == 3_000_000


def test_a_submission_whose_waiting_fails_is_kept(chainrule, files, stand_in, logged_in):
    stand_in.mishaps.append(lambda handler, work: work())
    stand_in.answers_as_a_proxy(500)
    result = chainrule("submit", "right.py", "--wait")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "Your submission s1 is kept: see it with `chainrule status s1`." in result.stderr


def test_whoever_stops_waiting_is_told_that_the_submission_is_kept(course, files, stand_in, logged_in):
    stand_in.polls_until_graded = 10_000
    code = "from grader.cli import main; main()"
    command = [sys.executable, "-c", code, "--course", str(course.path), "submit", "right.py", "--wait"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while "/submissions/s1" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert "Stopped waiting. Your submission s1 is kept: see it with `chainrule status s1`." in err
    assert "Traceback" not in err


def test_a_report_that_cannot_be_read_is_told_with_the_way_to_it(chainrule, files, stand_in, logged_in):
    for wrong in ({**report(), "status": "splendid"}, {**report(), "score": "4"}):
        stand_in.report = wrong
        for command in (["submit", "right.py", "--wait"], ["status", "s1"]):
            result = chainrule(*command)
            assert (result.exit_code, result.stdout) == (3, "")
            assert "The server's report of submission s" in result.stderr
            assert "This program may be older than the server: update it, or see the report at" in result.stderr
            assert f"{stand_in.url}/submissions/s" in result.stderr
            assert "chainrule itself failed" not in result.stderr


def test_an_empty_name_of_an_exercise_is_answered_as_by_check(chainrule, files, stand_in, logged_in):
    for command in ("check", "submit"):
        fails(chainrule(command, "right.py", "-e", ""), 2, "there is no exercise '' in", "there are: scale, layer")
    assert stand_in.requests == []


def test_a_notebook_is_told_by_the_functions_in_its_cells(chainrule, folder, stand_in, logged_in):
    source = json.dumps(["%cd ..\n", "def scale(x, factor=2.0):\n", "    return factor * x"])
    data = f'{{"cells": [{{"cell_type": "code", "source": {source}}}]}}'.encode()
    (folder / "homework 1.ipynb").write_bytes(data)
    assert json.loads(chainrule("submit", "homework 1.ipynb", "--json").stdout)["exercise"] == "scale"
    assert stand_in.submissions[0]["received"] == ("homework 1.ipynb", data)
    (folder / "homework 2.ipynb").write_bytes(data[:-1])
    fails(chainrule("submit", "homework 2.ipynb"), 2, "homework 2.ipynb: The notebook is not JSON")


def test_the_lines_of_a_notebooks_report_are_told_as_those_of_its_cells(chainrule, folder, stand_in, logged_in):
    (folder / "scale.ipynb").write_text(
        '{"cells": [{"cell_type": "code", "source": "x\\ny"}, {"cell_type": "code", "source": "z"}]}'
    )
    stand_in.report = report("error", message="Importing the file raised NameError in line 5.")
    result = chainrule("submit", "scale.ipynb", "--wait")
    assert "Note: line 5 is line 1 of code cell 2." in result.stdout


# --- status -----------------------------------------------------------------------------------------------------------


def test_status_says_how_the_list_fills(chainrule, logged_in):
    assert chainrule("status").stdout == "Nothing is submitted yet. Hand a file in with: chainrule submit FILE --wait\n"


def test_status_lists_the_newest_first(chainrule, files, stand_in, logged_in):
    for name in ("scale", "layer"):
        chainrule("submit", "right.py", "-e", name)
    stand_in.submissions[0].update(state="graded", status="failed", score=1.5, max_score=4.0)
    result = chainrule("status")
    rows = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert rows[0] == "id exercise verdict points received"
    assert rows[1].startswith("s2 layer Queued, place 3, about 4 s. 2026-05-0")
    assert rows[2].startswith("s1 scale Not yet right. 1.5/4 2026-05-0")


def test_status_can_be_narrowed(chainrule, files, stand_in, logged_in):
    for name in ("scale", "layer", "scale"):
        chainrule("submit", "right.py", "-e", name)
    listed = json.loads(chainrule("status", "-e", "scale", "--limit", 1, "--json").stdout)["submissions"]
    assert [each["id"] for each in listed] == ["s3"]


def test_status_of_an_exercise_that_is_not_there_is_told(chainrule, stand_in, logged_in):
    for more in ([], ["--json"]):
        result = chainrule("status", "-e", "scael", *more)
        fails(result, 2, f"there is no exercise 'scael' at {stand_in.url}; there are: scale, layer.\n")
    assert stand_in.submissions == []


def test_status_of_an_exercise_without_submissions_says_so(chainrule, files, stand_in, logged_in):
    chainrule("submit", "right.py", "-e", "layer")
    result = chainrule("status", "-e", "scale")
    assert (result.exit_code, result.stdout.split(". ")[0]) == (0, "Nothing is submitted for scale yet")
    assert json.loads(chainrule("status", "-e", "scale", "--json").stdout) == {"submissions": []}


def test_status_of_one_that_waits_says_where_it_stands(chainrule, files, stand_in, logged_in):
    chainrule("submit", "right.py")
    stand_in.polls_until_graded = 2
    result = chainrule("status", "s1")
    assert result.exit_code == 0
    assert "Queued, place 3, about 4 s." in result.stdout
    assert json.loads(chainrule("status", "s1", "--json").stdout)["state"] == "queued"


@pytest.mark.parametrize(("verdict", "code"), [("passed", 0), ("failed", 1)])
def test_status_of_one_that_is_graded_prints_its_report(chainrule, files, stand_in, logged_in, verdict, code):
    stand_in.report = report(verdict)
    chainrule("submit", "right.py")
    result = chainrule("status", "s1")
    assert result.exit_code == code
    assert "It scales" in result.stdout
    assert "Receipt: receipt-of-ada" in result.stderr
    assert json.loads(chainrule("status", "s1", "--json").stdout)["report"] == stand_in.report


def test_status_of_one_that_is_not_there_is_told(chainrule, stand_in, logged_in):
    fails(chainrule("status", "s9"), 2, "there is no submission 's9' of yours at", "`chainrule status` lists them.")
    assert len(stand_in.requests) == 1


def _sleeps(process):
    """Whether it waits for something. Just before, the library is still making what it will read the answer with."""
    return Path("/proc", str(process.pid), "stat").read_text().rpartition(")")[2].split()[0] == "S"


@pytest.mark.parametrize("arguments", [["status"], ["status", "s1"], ["grades"]])
def test_whoever_does_not_wait_for_an_answer_gets_a_sentence(course, folder, stand_in, logged_in, arguments):
    stand_in.dawdles(3)
    code = "from grader.cli import main; main()"
    command = [sys.executable, "-c", code, "--course", str(course.path), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while not stand_in.requests or not _sleeps(process):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "\nStopped.\n")


WIDTHS = [200, 80, 60, 54, 48, 40, 30, 20, 5, 0]


@pytest.mark.parametrize("width", WIDTHS)
def test_status_leaves_nothing_out_on_a_narrow_terminal(chainrule, files, stand_in, logged_in, width, monkeypatch):
    identifiers = ["01k6zr3v9a8m4c7t2e5x0w1qhd", "01k6zr3v9a8m4c7t2e5x0w1qhe"]
    for name, identifier in zip(("scale", "layer"), identifiers, strict=True):
        chainrule("submit", "right.py", "-e", name)
        stand_in.submissions[-1].update(id=identifier)
    stand_in.submissions[0].update(state="graded", status="failed", score=1.5, max_score=4.0, exercise="batch_norm")
    monkeypatch.setenv("COLUMNS", str(width))
    shown = chainrule("status").stdout
    assert {*identifiers, "1.5/4"} <= set(shown.split())
    for word in ("batch_norm", "layer", "Not", "yet", "right.", "Queued,", "place", "3,", "4", "2026-05-0"):
        assert word in shown
    assert "…" not in shown


# --- grades -----------------------------------------------------------------------------------------------------------


def component(title, weight, state, score=None, low="0", high="1", components=()):
    return {
        "key": title.lower(), "title": title, "weight": weight, "state": state, "score": score, "low": low, "high": high,
        "components": list(components),
    }  # fmt: skip


TREE = {
    "course": "Deep learning 2026",
    "scale": {"lowest": 0, "highest": "10"},
    "grade": {"value": None, "low": "5.1", "high": "9.0", "mark": None},
    "components": [
        component(
            "Labs", "0.75", "partial", "0.825", "0.6", "0.925",
            [component("Exercises", "0.333333", "graded", "0.8", "0.8", "0.8"), component("Interview", "0.25", "missing")],
        ),
        component("Theory", "0.25", "excused"),
    ],
}  # fmt: skip


def test_grades_shows_the_tree_with_what_is_missing_and_the_range(chainrule, stand_in, logged_in):
    stand_in.grades = TREE
    result = chainrule("grades")
    assert result.exit_code == 0
    assert [" ".join(line.split()) for line in result.stdout.splitlines()] == [
        "Deep learning 2026",
        "Still open: between 5.1 and 9.0, on a scale of 0 to 10.",
        "",
        "component weight score still possible",
        "Labs 75% 82.5% so far 60% to 92.5%",
        "Exercises 33.3% 80%",
        "Interview 25% missing 0% to 100%",
        "Theory 25% excused",
    ]


@pytest.mark.parametrize("width", WIDTHS)
def test_grades_leaves_nothing_out_on_a_narrow_terminal(chainrule, stand_in, logged_in, width, monkeypatch):
    stand_in.grades = TREE
    monkeypatch.setenv("COLUMNS", str(width))
    shown = chainrule("grades").stdout
    for text in (
        "Labs",
        "75%",
        "82.5%",
        "92.5%",
        "Exercises",
        "33.3%",
        "80%",
        "Interview",
        "missing",
        "100%",
        "excused",
    ):
        assert text in shown
    assert "…" not in shown


def test_grades_shows_a_grade_that_is_settled(chainrule, stand_in, logged_in):
    stand_in.grades = {**TREE, "grade": {"value": "7.3", "low": "7.3", "high": "7.3", "mark": "good"}}
    assert "Grade: 7.3 (good), on a scale of 0 to 10." in chainrule("grades").stdout


def test_grades_prints_the_servers_document_as_json(chainrule, stand_in, logged_in):
    stand_in.grades = TREE
    assert json.loads(chainrule("grades", "--json").stdout) == TREE


def test_grades_of_another_shape_are_told(chainrule, stand_in, logged_in):
    stand_in.grades = {**TREE, "components": [component("Labs", None, "missing")]}
    fails(chainrule("grades"), 3, "The server's answer cannot be read: its 'weight' is None.")
    assert len(stand_in.requests) == 1


# --- logout -----------------------------------------------------------------------------------------------------------


def test_logout_revokes_the_token_and_forgets_it(chainrule, stand_in, logged_in, login_file):
    assert chainrule("logout").stdout == f"Logged out of {stand_in.url}. The token is revoked.\n"
    assert stand_in.revoked
    assert not login_file.exists()


def test_logout_with_a_token_that_is_worthless_already_forgets_it(chainrule, stand_in, logged_in, login_file):
    stand_in.revoked = True
    result = chainrule("logout", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"url": stand_in.url, "revoked": False})
    assert not login_file.exists()


def test_logout_without_a_connection_forgets_the_token_and_says_that_it_is_still_good(
    chainrule, stand_in, logged_in, login_file, gone, monkeypatch
):
    monkeypatch.setattr("grader.client._FIRST_PAUSE_S", 9)
    fails(
        chainrule("logout"), 3, f"The login is forgotten here; revoke its token at {stand_in.url}/account."
    )  # fmt: skip
    assert not login_file.exists()


@pytest.fixture
def kept(monkeypatch):
    """The file of the login cannot be removed, as in a folder that is read only (root may write there too)."""

    def refuse(path, missing_ok=False):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)


def test_logout_says_that_the_login_could_not_be_removed(chainrule, stand_in, logged_in, login_file, kept):
    way_out = f"{login_file} cannot be removed: Permission denied. Remove it yourself."
    fails(chainrule("logout"), 2, f"the token is revoked, but {way_out}")
    assert stand_in.revoked
    fails(chainrule("logout", "--json"), 2, f"the token is no longer valid, but {way_out}")


def test_logout_without_a_connection_says_that_the_login_could_not_be_removed(
    chainrule, stand_in, logged_in, login_file, gone, kept, monkeypatch
):
    monkeypatch.setattr("grader.client._FIRST_PAUSE_S", 9)
    result = chainrule("logout")
    fails(
        result,
        2,
        f"Besides, {login_file} cannot be removed: Permission denied.",
        f"its token at {stand_in.url}/account.",
    )
    assert login_file.exists()


def test_logout_of_the_environment_keeps_the_file(chainrule, stand_in, logged_in, login_file, monkeypatch):
    monkeypatch.setenv("CHAINRULE_URL", stand_in.url)
    monkeypatch.setenv("CHAINRULE_TOKEN", stand_in.token)
    assert "unset CHAINRULE_URL and CHAINRULE_TOKEN" in chainrule("logout").stdout
    assert login_file.exists()


# --- the terminal, and what is loaded ---------------------------------------------------------------------------------


def painted(value):
    """The same document with escape sequences in every text."""
    if isinstance(value, dict):
        return {key: painted(each) for key, each in value.items()}
    if isinstance(value, list):
        return [painted(each) for each in value]
    return value + ESCAPES if isinstance(value, str) else value


def test_what_a_server_says_cannot_paint_the_terminal(chainrule, files, stand_in, logged_in):
    checks = [{**report()["checks"][0], "passed": False, "message": "m", "reproducer": "r"}]
    document = {
        **painted({**TREE, "name": "n", "email": "e", "id": "1", "exercise": "scale", "url": "u", "receipt": "r",
                   "received_at": "t", "courses": [{"title": "t", "edition": "e"}],
                   "submissions": [{"id": "1", "exercise": "e", "state": "s", "received_at": "t", "status": "s"},
                                   {"id": "1", "exercise": "e", "state": "s", "status": None}]}),
        "state": "graded",
        "report": {**painted(report(checks=checks)), "status": "failed"},
    }  # fmt: skip
    body = json.dumps(document).encode()
    commands = (
        ["login", stand_in.url, "--token", "t"],
        ["status"],
        ["status", "1"],
        ["grades"],
        ["submit", "right.py"],
    )
    for arguments in (*commands, ["logout"]):
        for answer in ((200, body), (422, json.dumps({"title": ESCAPES, "detail": ESCAPES}).encode())):
            stand_in.mishaps.clear()
            stand_in.answers_as_a_proxy(*answer)
            result = chainrule(*arguments)
            assert result.output
            assert result.exit_code in (0, 1, 2)
            assert not set(result.stdout + result.stderr) & set(ESCAPES[:1] + "\x07\u202e")
            chainrule("login", stand_in.url, "--token", stand_in.token)


@pytest.mark.parametrize("arguments", [["--help"], ["submit", "--help"], ["login", "--help"]])
def test_help_loads_no_network(arguments):
    code = (
        "import sys\nfrom grader.cli import cli\n"
        f"try:\n    cli({arguments!r})\nexcept SystemExit:\n    pass\nprint(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(done.stderr.split())
    assert not loaded & {"urllib.request", "http.client", "ssl", "rich", "numpy", "grader.client", "grader.sandbox"}


@pytest.mark.parametrize("arguments", [["submit", "right.py", "--wait"], ["status"], ["grades"]])
def test_a_students_command_loads_no_server_and_nothing_hidden(course, files, stand_in, logged_in, arguments):
    code = (
        "import sys\nfrom grader.cli import cli\n"
        f"try:\n    cli(['--course', {str(course.path)!r}, *{arguments!r}])\nexcept SystemExit:\n    pass\n"
        "print(*(getattr(each, '__file__', '') or name for name, each in sys.modules.items()), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    for name in ("flask", "celery", "requests", "grader/sandbox", "grader/grading", "/reference/", "chainrule_hidden"):
        assert name not in done.stderr
