"""What runs inside the sandbox, next to the student's code: the warm process, its walls, and the runner.

This package imports the standard library, NumPy and `grader.wire`, nothing else: it is all that a student's program
could find there. Nothing hidden ever reaches it, and nothing it says is believed beyond "this value came back".
"""
