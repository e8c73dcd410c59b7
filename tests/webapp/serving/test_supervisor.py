"""The supervisor with real processes: order, lines, restarts, stopping, and nothing left over."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from webapp.serving.errors import HomeInUse
from webapp.serving.home import hold
from webapp.serving.supervisor import Part, Supervisor, pause_after


def test_it_starts_each_part_when_the_one_before_is_ready(serve):
    server = serve(
        "flag = home / 'flag'\n"
        "serve(sh('first', f'sleep 0.2; touch {flag}; exec sleep 60', ready=flag.exists),"
        " sh('second', f'ls {flag}; exec sleep 60'))"
    )
    server.shows("all ready")
    server.send(signal.SIGTERM)
    assert server.ends() == 0
    assert "No such file" not in server.text


def test_it_shows_what_parts_write_and_keeps_it_in_a_file_of_each(serve, home):
    server = serve(
        "flag = home / 'flag'\n"
        "script = f'echo to you; echo and you >&2; printf unfinished; touch {flag}; exec sleep 60'\n"
        "serve(sh('talk', script, ready=flag.exists))"
    )
    server.shows("all ready")
    server.send(signal.SIGTERM)
    assert server.ends() == 0
    for line in ("to you", "and you", "unfinished"):
        assert f"talk       | {line}\n" in server.text
    assert (home / "log" / "talk.log").read_text() == "to you\nand you\nunfinished\n"
    assert "stops talk" in (home / "log" / "supervisor.log").read_text()
    assert (home / "log").stat().st_mode & 0o077 == 0


def test_it_shows_no_control_characters(serve):
    server = serve(r"serve(sh('talk', r'printf \"\\033[2Jgone\\n\"; exec sleep 60'))")
    server.shows("[2Jgone")
    assert "\x1b" not in server.text


def test_a_log_file_is_turned_over_at_its_limit(serve, home):
    server = serve("serve(sh('talk', 'seq 1000; exec sleep 60'), log_limit=1000)")
    server.shows("| 1000")
    server.send(signal.SIGTERM)
    server.ends()
    files = {path.name: path.stat().st_size for path in (home / "log").glob("talk.log*")}
    assert set(files) == {"talk.log", "talk.log.1", "talk.log.2", "talk.log.3"}
    assert max(files.values()) <= 1000


def test_it_starts_again_what_ends_and_waits_longer_each_time(serve):
    server = serve(
        "begun, asked = home / 'begun', home / 'asked'\n"
        "script = f'test -e {asked} && exit 3; touch {begun}; until test -e {asked}; do sleep 0.02; done; kill -9 $$'\n"
        "serve(sh('frail', script, ready=lambda: begun.exists() and (asked.touch() or True)))"
    )
    server.shows("starts again", times=2)
    assert "frail was killed by SIGKILL; starts again in 0.2 s" in server.text
    assert "frail ended with exit code 3; starts again in 0.4 s" in server.text


def test_a_part_that_starts_again_is_not_ready_by_what_it_said_before(serve):
    server = serve(
        "flag, second = home / 'flag', home / 'second'\n"
        "script = f'test -e {second} && sleep 0.4 && echo awake; touch {flag}; until test -e {second}; do sleep 0.02; done;"
        " test -e {flag}.gone && exec sleep 60; touch {flag}.gone; exit 3'\n"
        "serve(sh('frail', script, ready=lambda: flag.exists() and (second.touch() or True), flag=flag))"
    )
    server.shows("frail is ready again")
    assert server.text.index("| awake") < server.text.index("frail is ready again")


def test_after_a_steady_run_the_pauses_begin_anew(serve):
    server = serve(
        "import webapp.serving.supervisor as supervisor\n"
        "supervisor.STEADY_S = 0.05\n"
        "serve(sh('frail', 'sleep 0.2; exit 3'))"
    )
    server.shows("frail ended with exit code 3; starts again in 0.2 s", times=2)


def test_the_pauses_grow_up_to_a_limit():
    assert [pause_after(failures) for failures in (1, 2, 3, 7, 10_000)] == [0.2, 0.4, 0.8, 10.0, 10.0]


def test_a_part_that_is_killed_takes_along_what_it_had_started(serve, eventually):
    """A worker's children would hold its port and its tasks."""
    server = serve("serve(sh('worker', 'sleep 1234 & echo child $!; echo self $$; wait'))")
    server.shows("self ")
    child, worker = (int(re.search(rf"{who} (\d+)", server.text)[1]) for who in ("child", "self"))
    os.kill(worker, signal.SIGKILL)
    server.shows("self ", times=2)
    eventually(lambda: child not in server.alive())


def test_an_ordered_stop_goes_backwards_and_leaves_no_process(serve):
    trap = 'trap "echo bye; exit" TERM; sleep 1234 & echo up; wait'
    server = serve(f"serve(sh('first', {trap!r}), sh('second', {trap!r}))")
    server.shows("| up", times=2)
    server.send(signal.SIGINT)
    assert server.ends() == 0
    assert server.text.index("second     | bye") < server.text.index("stops first")
    server.leaves_nothing()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_it_stops_at_these_signals_too(serve, number):
    server = serve("serve(sh('part', 'exec sleep 60'))")
    server.shows("all ready")
    server.send(number)
    assert server.ends() == 0


def test_it_lives_on_after_a_hang_up_that_nohup_ignores(serve):
    server = serve("signal.signal(signal.SIGHUP, signal.SIG_IGN)\nserve(sh('part', 'exec sleep 60'))")
    server.shows("all ready")
    server.send(signal.SIGHUP)
    server.send(signal.SIGTERM)
    assert server.ends() == 0
    assert "SIGHUP" not in server.text


def test_a_part_that_does_not_stop_in_its_grace_is_killed(serve):
    server = serve("serve(sh('deaf', 'trap \"\" TERM; echo up; while :; do sleep 1; done', grace_s=0.2))")
    server.shows("| up")
    server.send(signal.SIGTERM)
    assert server.ends() == 0
    assert "deaf was killed by SIGKILL" in server.text
    server.leaves_nothing()


def test_a_second_ctrl_c_kills_at_once(serve):
    server = serve(
        "serve(*[sh(name, 'trap \"\" TERM INT; echo up; while :; do sleep 1; done') for name in ('a', 'b')])"
    )
    server.shows("| up", times=2)
    server.send(signal.SIGINT)
    server.shows("stops b")
    # Not the same Ctrl-C passed on by a wrapper: those come together.
    with pytest.raises(subprocess.TimeoutExpired):
        server.process.wait(0.3)
    server.send(signal.SIGINT)
    assert server.process.wait(2) == 130
    server.leaves_nothing()


def test_one_ctrl_c_that_arrives_twice_is_one(tmp_path):
    def interrupt_twice() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with hold(tmp_path) as home:
        assert Supervisor([Part("part", ["sleep", "60"])], home).run(interrupt_twice) == 0


def test_a_killed_supervisor_leaves_no_process(serve):
    server = serve(
        "serve(sh('worker', 'sleep 1234 & echo up; wait'), sh('deaf', 'trap \"\" TERM HUP; echo up; wait; sleep 60'))"
    )
    server.shows("| up", times=2)
    server.send(signal.SIGKILL)
    server.leaves_nothing()


def test_killing_the_supervisor_and_its_guardian_leaves_no_part(serve):
    """The kernel's tie holds where the guardian cannot."""
    server = serve("serve(sh('part', 'echo up; exec sleep 60'))")
    server.shows("| up")
    stopped = server.guardian
    os.kill(stopped, signal.SIGSTOP)
    server.send(signal.SIGKILL)
    server.leaves_nothing(but=stopped)


def test_a_new_server_takes_the_home_of_a_killed_one(serve):
    old = serve("serve(sh('part', 'exec sleep 60'))")
    old.shows("all ready")
    old.send(signal.SIGKILL)
    new = serve("serve(sh('part', 'exec sleep 60'))")
    new.shows("all ready")
    assert old.alive() == {}


def test_a_guardian_that_was_ended_is_replaced(serve):
    server = serve("serve(sh('part', 'sleep 1234 & echo up; wait'))")
    server.shows("| up")
    os.kill(server.guardian, signal.SIGKILL)
    server.shows("posts a new one")
    server.send(signal.SIGKILL)
    server.leaves_nothing()


def test_a_part_that_never_gets_ready_is_named_with_its_last_lines(serve, home):
    server = serve("serve(sh('slow', 'echo I wait for a friend; exec sleep 60', ready=lambda: False, deadline_s=0.3))")
    assert server.ends() == 3
    assert "slow was not ready within 0.3 s. Its last lines:\n  I wait for a friend\n" in server.text
    assert str(home / "log" / "slow.log") in server.text
    assert "all ready" not in server.text
    server.leaves_nothing()


def test_a_part_that_ends_before_it_is_ready_stops_the_start_at_once(serve):
    server = serve(
        "serve(sh('fine', 'exec sleep 60'), sh('wrong', 'echo no such option; exit 2', ready=lambda: False))"
    )
    assert server.ends() == 3
    assert "wrong ended with exit code 2 before it was ready. Its last lines:\n  no such option\n" in server.text
    server.leaves_nothing()


def test_a_program_that_does_not_exist_is_named(serve):
    server = serve("serve(Part('odd', ['no-such-program'], ready=lambda: False))")
    assert server.ends() == 3
    assert "cannot start no-such-program: No such file or directory" in server.text


@pytest.mark.slow
def test_a_part_that_hangs_when_it_starts_again_is_killed_and_tried_anew(serve):
    server = serve(
        "begun, asked = home / 'begun', home / 'asked'\n"
        "script = f'test -e {asked} && exec sleep 60; touch {begun}; until test -e {asked}; do sleep 0.02; done; exit 1'\n"
        "ready = lambda: begun.exists() and not asked.exists() and (asked.touch() or True)\n"
        "serve(sh('part', script, ready=ready, deadline_s=1))"
    )
    server.shows("part was not ready within 1 s; kills it")
    server.shows("part was killed by SIGKILL; starts again")


def test_a_second_server_is_refused_and_told_who_holds_the_home(serve, home, monkeypatch):
    monkeypatch.setattr("webapp.serving.home.PATIENCE_S", 0.1)
    first = serve("serve(sh('part', 'exec sleep 60'))")
    first.shows("all ready")
    with (
        pytest.raises(HomeInUse, match=f"^{home} is in use by .* process id {first.process.pid}") as refusal,
        hold(home),
    ):
        pass
    assert "CHAINRULE_HOME" in str(refusal.value)
    assert refusal.value.exit_code == 2


def test_a_full_disk_stops_the_log_file_and_not_the_server(serve, home):
    (home / "log").mkdir(parents=True)
    (home / "log" / "talk.log").symlink_to("/dev/full")
    server = serve("serve(sh('talk', 'echo one; echo two; exec sleep 60'))")
    server.shows("| two")
    server.shows("all ready")
    assert server.text.count(f"cannot write {home}/log/talk.log: No space left on device") == 1


def test_a_log_that_nobody_reads_does_not_stop_the_parts(tmp_path, eventually):
    """As when a program starts the server and reads its standard output alone."""
    flag = tmp_path / "flag"
    script = (
        "from pathlib import Path; from webapp.serving.home import hold\n"
        "from webapp.serving.supervisor import Part, Supervisor\n"
        f"with hold(Path({str(tmp_path / 'home')!r})) as home:\n"
        f"    part = Part('loud', ['sh', '-c', 'yes {100 * 'y'} | head -n 5000; touch {flag}; exec sleep 60'])\n"
        "    Supervisor([part], home).run(lambda: None)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE) as process:
        eventually(flag.exists)
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0


def test_a_log_that_is_closed_does_not_stop_the_parts(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    with hold(tmp_path) as home:
        assert (
            Supervisor([Part("part", ["sleep", "60"])], home, log=writer).run(
                lambda: os.kill(os.getpid(), signal.SIGTERM)
            )
            == 0
        )
    os.close(writer)


def test_it_leaves_signals_as_they_were(tmp_path):
    before = signal.getsignal(signal.SIGINT)
    with hold(tmp_path) as home, Path(os.devnull).open("wb") as log:
        Supervisor([], home, log=log.fileno()).run(lambda: os.kill(os.getpid(), signal.SIGINT))
    assert signal.getsignal(signal.SIGINT) == before


def test_an_error_in_on_ready_is_not_hidden_and_leaves_no_process(serve):
    server = serve("with hold(home) as held:\n    Supervisor([sh('part', 'exec sleep 60')], held).run(lambda: 1 / 0)")
    assert server.ends() == 1
    assert "ZeroDivisionError" in server.text
    server.leaves_nothing()


def test_parts_inherit_the_descriptors_they_are_given_and_no_others(serve):
    server = serve(
        "import os\n"
        "given, other = os.open('/dev/null', os.O_RDONLY), os.open('/dev/null', os.O_RDONLY)\n"
        "os.set_inheritable(other, True)\n"
        "print('given', given)\n"
        "serve(sh('part', 'ls /proc/self/fd | tr \"\\n\" \" \"; echo done; exec sleep 60', fds=[given]))"
    )
    server.shows("done")
    given = re.search(r"^given (\d+)$", server.text, re.MULTILINE)[1]
    held = re.search(r"\| ([\d ]+)done", server.text)[1].split()
    assert len(held) == 5  # the three of every process, ours, and that by which ls reads
    assert given in held


def test_a_command_gets_python_s_signals_back(serve):
    """Python ignores SIGPIPE, and an ignored signal stays ignored in the program that a process becomes."""
    server = serve("serve(sh('part', 'grep SigIgn /proc/self/status; exec sleep 60'))")
    server.shows("SigIgn")
    ours, theirs = (
        int(re.search(r"SigIgn:\s+(\w+)", text)[1], 16) for text in (Path("/proc/self/status").read_text(), server.text)
    )
    pythons = sum(1 << number - 1 for number in (signal.SIGPIPE, signal.SIGXFSZ))
    assert ours & pythons == pythons
    assert theirs == ours & ~pythons  # what whoever started the tests has ignored stays so
