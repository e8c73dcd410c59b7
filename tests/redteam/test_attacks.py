"""Every attack of the threat model, graded: it earns nothing, sees nothing, leaves nothing, and harms nobody after it."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from grader.report import Report, Status
from grader.sandbox import Sandbox

HERE = Path(__file__).parent


class Attack(NamedTuple):
    """What it tries, how many variants it has, and the verdicts that are allowed."""

    title: str
    variants: int
    statuses: tuple[Status, ...]
    exercise: str = "scale"
    times: int = 1
    points: float = 0


WRONG: tuple[Status, ...] = ("failed",)
ENDED: tuple[Status, ...] = ("failed", "error", "crashed")
KILLED: tuple[Status, ...] = ("failed", "error", "crashed", "forbidden")
GREEDY: tuple[Status, ...] = ("failed", "error", "crashed", "memory", "timeout", "output")
UNREAD: tuple[Status, ...] = ("invalid", "error", "failed", "crashed", "memory")

ATTACKS = {
    "01_os_exit_zero": Attack("ends the process with status 0", 1, ("crashed",)),
    "02_systemexit_in_call": Attack("raises SystemExit and its like in the call", 5, WRONG),
    "03_fake_report_stdout": Attack("prints a perfect report", 1, WRONG),
    "04_fake_report_files": Attack("writes finished reports everywhere", 1, ("crashed",)),
    "05_forge_every_fd": Attack("forges success in every descriptor", 76, GREEDY),
    "06_always_equal_object": Attack("returns an object equal to everything", 1, WRONG),
    "07_lying_ndarray_subclass": Attack("returns an array subclass that lies", 1, WRONG),
    "08_evil_scalar_subclass": Attack("returns numbers whose arithmetic lies", 5, WRONG),
    "09_patch_numpy_compare": Attack("patches every comparison", 2, ENDED),
    "10_patch_unittest_pytest": Attack("patches the test frameworks", 1, WRONG),
    "11_hijack_imports": Attack("puts fakes in the place of modules", 4, ENDED),
    "12_late_rewrite": Attack("changes the outcome after the run", 5, ENDED),
    "13_frame_walk": Attack("walks the stack for expected values", 1, WRONG),
    "14_gc_scan": Attack("looks at every object alive, and poisons arrays", 1, ENDED),
    "15_reference_in_modules": Attack("looks for the reference in modules", 1, WRONG),
    "16_memory_scan": Attack("reads its own memory", 1, ENDED),
    "17_nan_inf_return": Attack("returns NaN, infinities and extremes", 14, WRONG),
    "18_mutate_inputs": Attack("ruins its inputs", 3, WRONG),
    "19_odd_dtypes": Attack("returns odd dtypes", 16, WRONG),
    "20_vacuous_shapes": Attack("returns shapes about which all is true", 17, WRONG),
    "21_lazy_result": Attack("returns what is no value yet", 5, WRONG),
    "22_stale_buffer": Attack("returns uninitialised memory", 1, WRONG),
    "23_exit_after_first_call": Attack("answers once, then leaves", 1, ("crashed",), points=2),
    "24_seed_control": Attack("takes hold of randomness", 1, WRONG),
    "25_memo_replay": Attack("keeps inputs for the next attempt", 1, WRONG, times=2),
    "26_foreign_frameworks": Attack("imports finished libraries", 1, WRONG),
    "27_banned_shortcuts": Attack("reaches NumPy's private parts", 1, WRONG),
    "28_fake_clock": Attack("stops the clocks while it computes", 1, ("timeout",)),
    "29_read_hidden_files": Attack("walks the file system", 1, WRONG),
    "30_env_and_proc": Attack("reads environments", 1, WRONG),
    "31_exception_exfil": Attack("carries data out in exceptions", 7, WRONG),
    "32_stdout_exfil": Attack("prints the hidden inputs", 1, WRONG),
    "33_timing_exit_channel": Attack("tells bits by how it ends", 4, ENDED),
    "34_network_and_vsock": Attack("opens sockets of every family", 1, WRONG),
    "35_inherited_fds": Attack("looks at inherited descriptors", 1, WRONG),
    "36_ptrace_neighbours": Attack("reaches for other processes", 9, KILLED),
    "37_kernel_dead_drops": Attack("leaves data in the kernel", 4, KILLED, times=2),
    "38_core_dump": Attack("dumps its core", 1, ("crashed",)),
    "39_fork_bomb": Attack("forks", 1, WRONG),
    "40_thread_bomb": Attack("starts threads", 1, WRONG),
    "41_memory_bomb": Attack("takes memory without end", 2, ("memory", "failed", "timeout")),
    "42_kernel_memory_bomb": Attack("takes the kernel's memory", 1, WRONG),
    "43_disk_fill": Attack("fills the disk", 1, WRONG),
    "44_inode_bomb": Attack("makes files without end", 1, WRONG),
    "45_fd_exhaust": Attack("takes every descriptor", 1, WRONG),
    "46_output_flood": Attack("floods the output", 4, ("output", "memory")),
    "47_huge_result": Attack("returns what is huge on the way", 13, GREEDY),
    "48_nested_result": Attack("returns what breaks converters", 6, GREEDY),
    "49_loop_swallow_timeout": Attack("never ends, and swallows everything", 1, ("timeout",)),
    "50_c_loop_no_signals": Attack("computes in C without end", 4, ("timeout", "memory")),
    "51_sleep_closed_pipes": Attack("closes its channels and sleeps", 4, ("timeout", "crashed")),
    "52_kill_everything": Attack("kills whomever it can name", 1, WRONG),
    "53_daemon_leftover": Attack("leaves a daemon", 1, WRONG),
    "54_deep_recursion": Attack("recurses without end", 8, GREEDY),
    "55_native_crash": Attack("crashes in native code", 7, ("crashed", "failed")),
    "56_source_nesting_bomb": Attack("nests its source too deeply", 8, UNREAD),
    "57_source_ast_memory": Attack("hands in too many statements", 4, UNREAD),
    "58_source_encoding": Attack("declares a deceiving encoding", 15, ("invalid", "failed")),
    "59_source_bidi_nfkc": Attack("reads otherwise than it runs", 8, ("invalid", "failed")),
    "60_source_regex_bomb": Attack("makes regular expressions crawl", 15, ("invalid", "failed", "error")),
    "61_static_check_evasion": Attack("evades forbidden words", 4, ("forbidden", "failed")),
    "62_wrong_module_shape": Attack("has not the shape of a module", 16, ("invalid", *ENDED)),
    "63_nested_userns": Attack("makes namespaces", 15, KILLED),
    "64_syscall_sweep": Attack("knocks on the kernel's doors", 154, KILLED),
    "65_ia32_int80": Attack("enters the kernel by other gates", 3, ("forbidden",)),
    "66_tiocsti": Attack("types into the terminal", 1, WRONG),
    "67_exec_setuid": Attack("runs programs", 6, ("forbidden", "failed")),
    "68_fs_escape_write": Attack("leaves the root", 2, KILLED),
    "69_poison_python_env": Attack("plants code for the next", 1, WRONG, times=2),
    "70_outdir_symlinks": Attack("plants links to host files", 1, WRONG),
    "71_rlimit_priority": Attack("changes its limits", 2, ("failed", "timeout"), exercise="patient"),
    "72_seccomp_trap_interpose": Attack("stands between runner and kernel", 5, (*KILLED, "timeout", "output")),
    "73_signal_games": Attack("plays with signals", 4, ENDED),
    "74_pickle_bomb": Attack("returns pickles that run code", 6, GREEDY),
    "75_upload_archives": Attack("hands in an archive", 21, ("invalid",)),
}
CASES = [
    pytest.param(name, variant, id=f"{name}-{variant}" if attack.variants > 1 else name)
    for name, attack in ATTACKS.items()
    for variant in range(attack.variants)
]
LITTER = ("/", "/tmp", "/var/tmp", "/dev/shm", "/run", str(Path.home()), str(Path.cwd()), str(HERE))
ROOM = 64 * 2**20


def _descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def _memory() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGESIZE")


def _litter() -> list[Path]:
    """What an attack may have written on this machine: its markers, and core files."""
    there = [path for place in LITTER for path in Path(place).iterdir()]
    return [path for path in there if "rt-marker" in path.name or (path.name.startswith("core") and path.is_file())]


def test_every_attack_of_the_threat_model_is_here() -> None:
    files = {path.stem for path in (HERE / "attacks").glob("[0-9]*.py")}
    assert files == ATTACKS.keys()
    assert {name[:2] for name in files} == {f"{number:02}" for number in range(1, 76)}


@pytest.mark.parametrize(("name", "variant"), CASES)
def test_an_attack_earns_nothing_and_leaves_nothing(
    name: str,
    variant: int,
    warm: Sandbox,
    attack_source: Callable[[str, int], bytes],
    judged: Callable[..., Report],
    honest: Callable[[Sandbox], Report],
    processes: Callable[[Sandbox], list[int]],
) -> None:
    attack = ATTACKS[name]
    descriptors, memory, process = _descriptors(), _memory(), warm._process
    for _ in range(attack.times):
        report = judged(attack_source(name, variant), warm, attack.exercise)
        text = json.dumps(report.as_dict(), ensure_ascii=False)
        assert report.status in attack.statuses, text[:3000]
        assert report.score <= attack.points, text[:3000]
        assert not [marker for marker in ("RT-ESCAPE", "RT-LEAK", "RT-CANARY") if marker in text], text[:3000]
        assert len(text) < 50_000
    after = honest(warm)
    assert (after.status, after.score) == ("passed", 6)
    assert warm._process is process, "the sandbox had to be started anew"
    assert len(processes(warm)) == 2
    assert _descriptors() <= descriptors + 1  # the handle of the prepared child may have come
    if _memory() - memory > ROOM:
        gc.collect()  # not every time: it takes long
    assert _memory() - memory < ROOM
    assert _litter() == []
