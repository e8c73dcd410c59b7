"""The payloads bite: a weak grader is fooled by them, and in a sandbox without walls they get what they are after.

A payload that has stopped biting proves nothing about the walls; here that is noticed.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.report import Report
from grader.sandbox import Sandbox, layout

HERE = Path(__file__).parent
MARKER = re.compile("RT-(ESCAPE|LEAK|CANARY-)")

FOOLED_BY = [
    ("01_os_exit_zero", 0, "status"),
    ("02_systemexit_in_call", 0, "status"),
    ("03_fake_report_stdout", 0, "any line"),
    ("05_forge_every_fd", 1, "any line"),
    ("06_always_equal_object", 0, "equals"),
    ("07_lying_ndarray_subclass", 0, "equals"),
    ("08_evil_scalar_subclass", 0, "scalar"),
    ("08_evil_scalar_subclass", 1, "scalar"),
    ("08_evil_scalar_subclass", 2, "scalar"),
    ("09_patch_numpy_compare", 0, "allclose"),
    ("10_patch_unittest_pytest", 0, "with_unittest"),
    ("11_hijack_imports", 0, "any line"),
    ("12_late_rewrite", 0, "last line"),
    ("13_frame_walk", 0, "shown"),
    ("14_gc_scan", 0, "shown"),
    ("15_reference_in_modules", 0, "shown"),
    ("16_memory_scan", 0, "shown"),
    ("17_nan_inf_return", 0, "difference"),
    ("18_mutate_inputs", 0, "reference_last"),
    ("19_odd_dtypes", 0, "equals"),
    ("20_vacuous_shapes", 0, "one_by_one"),
    ("20_vacuous_shapes", 12, "one_by_one"),
    ("23_exit_after_first_call", 0, "status"),
    ("24_seed_control", 0, "allclose"),
    ("26_foreign_frameworks", 0, "shown"),
    ("30_env_and_proc", 0, "shown"),
    ("31_exception_exfil", 0, "shown"),
    ("31_exception_exfil", 1, "shown"),
    ("32_stdout_exfil", 0, "shown"),
    ("35_inherited_fds", 0, "shown"),
    ("61_static_check_evasion", 1, "shown"),
    ("61_static_check_evasion", 3, "shown"),
    ("74_pickle_bomb", 0, "unpickles"),
]


def _verdicts(output: str) -> list[bool]:
    """What each line says that is JSON with a verdict."""
    said = []
    for line in output.splitlines():
        try:
            verdict = json.loads(line)
            said.append(verdict.get("passed", verdict.get("status") == "passed"))
        except (ValueError, AttributeError):
            continue
    return said


def _weakly_graded(source: bytes, comparison: str, folder: Path) -> tuple[bool, str]:
    """Whether the weak grader lets it pass, and everything that it shows."""
    (folder / "submission.py").write_bytes(source)
    command = [sys.executable, "-B", str(HERE / "weak_grader.py"), str(folder / "submission.py"), comparison]
    with tempfile.TemporaryFile() as secret:
        secret.write(b"RT-CANARY-0123456789abcdef")
        secret.flush()
        done = subprocess.run(
            command,
            env={"PYTHONPATH": str(HERE / "course/reference/probe/scale"), "RT_CANARY": "RT-CANARY-fedcba9876543210"},
            cwd=folder,
            pass_fds=[secret.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=60,
        )
    output = done.stdout.decode(errors="replace")
    said = _verdicts(output)
    passed = {"status": done.returncode == 0, "any line": True in said}.get(comparison, said[-1:] == [True])
    return passed, output


def test_the_weak_grader_knows_right_from_wrong(tmp_path: Path) -> None:
    for comparison in sorted({comparison for _, _, comparison in FOOLED_BY} - {"scalar"}):
        assert _weakly_graded(b"def scale(x):\n    return 3 * x + 1\n", comparison, tmp_path)[0]
        passed, output = _weakly_graded(b"def scale(x):\n    return x\n", comparison, tmp_path)
        assert (passed, MARKER.search(output)) == (False, None)


@pytest.mark.parametrize(("name", "variant", "comparison"), FOOLED_BY)
def test_a_weak_grader_is_fooled(
    name: str, variant: int, comparison: str, attack_source: Callable[[str, int], bytes], tmp_path: Path
) -> None:
    passed, output = _weakly_graded(attack_source(name, variant), comparison, tmp_path)
    assert passed or MARKER.search(output), output[-2000:]


# --- without walls --------------------------------------------------------------------------------------------------

BITES_WITHOUT_WALLS = [
    ("04_fake_report_files", 0), ("15_reference_in_modules", 0), ("25_memo_replay", 0), ("26_foreign_frameworks", 0),
    ("29_read_hidden_files", 0), ("30_env_and_proc", 0), ("34_network_and_vsock", 0), ("35_inherited_fds", 0),
    ("36_ptrace_neighbours", 4), ("37_kernel_dead_drops", 0),
    ("37_kernel_dead_drops", 1), ("37_kernel_dead_drops", 2), ("37_kernel_dead_drops", 3), ("38_core_dump", 0),
    ("39_fork_bomb", 0), ("40_thread_bomb", 0), ("42_kernel_memory_bomb", 0), ("43_disk_fill", 0),
    ("44_inode_bomb", 0), ("45_fd_exhaust", 0), ("53_daemon_leftover", 0), ("63_nested_userns", 1), ("64_syscall_sweep", 0), ("64_syscall_sweep", 3),
    ("64_syscall_sweep", 6), ("65_ia32_int80", 0), ("67_exec_setuid", 4), ("67_exec_setuid", 5),
    ("68_fs_escape_write", 0), ("69_poison_python_env", 0), ("70_outdir_symlinks", 0), ("71_rlimit_priority", 0),
    ("72_seccomp_trap_interpose", 0),
]  # fmt: skip


@pytest.fixture(scope="module")
def ruin(tmp_path_factory: pytest.TempPathFactory, rebuilding: Callable[..., Any]) -> Iterator[Sandbox]:
    """A sandbox with hardly a wall: what is left of it keeps the payloads from the machine, not from their aims."""
    with pytest.MonkeyPatch.context() as patch:
        walls = rebuilding(patch, tmp_path_factory.mktemp("ruin"))
        walls.without_seccomp()
        walls.without_landlock()
        walls.without_limits()
        walls.append("walls", "def drop_capabilities():\n    pass")
        walls.replace("zygote", "os.closerange(STREAM + 1", "max(STREAM + 1")
        secrets = ["--ro-bind", str(HERE / "course/reference/probe/scale"), "/site/reference"]
        secrets += ["--ro-bind", str(HERE / "course/reference/probe/scale/solution.py"), "/site/solution.py"]
        writable = ["--perms", "0777", "--tmpfs", "/tmp", "--dev-bind", "/dev/null", "/dev/null"]
        walls.arguments(lambda given: [*writable, *given[:-6], *secrets, *given[-6:]])
        patch.setattr(layout, "_HIDDEN", ())
        patch.setitem(layout.ENVIRONMENT, "RT_SECRET", "1")
        with Sandbox() as sandbox:
            yield sandbox


@pytest.mark.parametrize(("name", "variant"), BITES_WITHOUT_WALLS)
def test_it_bites_where_the_walls_are_down(
    name: str, variant: int, ruin: Sandbox, attack_source: Callable[[str, int], bytes], judged: Callable[..., Report]
) -> None:
    text = json.dumps(judged(attack_source(name, variant), ruin, "patient").as_dict())
    assert MARKER.search(text), text[:2000]
