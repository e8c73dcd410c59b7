"""Looks for the teacher's own implementation among modules and importable files, and calls it."""

import importlib

for name, module in list(sys.modules.items()):
    if name not in ("submission", "__main__") and callable(getattr(module, "scale", None)):
        got(f"{name}.scale is there")
    for key in list(vars(module)) if hasattr(module, "__dict__") else ():
        if name != "submission" and key.lower() in ("canary", "solution", "reference_solution", "expected_values"):
            got(f"{name}.{key} is there")
for name in (
    "solution", "reference", "reference.probe.scale.solution", "solutions", "checks", "mistakes", "answers",
    "grader.checks", "grader.grading", "grader.course", "grader.material", "grader.sandbox", "grader.student",
    "grader.remote", "grader.report", "grader.cli", "tests", "conftest",
):  # fmt: skip
    attempt(f"import {name}", importlib.import_module, name)
