"""One thread for arithmetic, in commands and in what they start."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

COMMAND = """
import os, sys
from grader.cli import main

sys.argv = ["chainrule", "--version"]
try:
    main()
except SystemExit:
    assert "numpy" not in sys.modules
import numpy as np

np.ones((400, 400)) @ np.ones((400, 400))
print(len(os.listdir("/proc/self/task")))
"""


@pytest.mark.parametrize(("named", "threads"), [({}, 1), ({"OPENBLAS_NUM_THREADS": "2"}, 2)])
def test_a_command_computes_in_one_thread_unless_the_environment_names_another_number(
    named: dict[str, str], threads: int
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"} | named
    done = subprocess.run([sys.executable, "-c", COMMAND], env=environment, capture_output=True, text=True, check=True)
    assert int(done.stdout.splitlines()[-1]) == threads
