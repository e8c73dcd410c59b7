"""The trusted side of the walls: what is put into the sandbox, how it is started, and how a submission is run in it.

Theory of operation. A `Sandbox` starts one warm process (`grader.inside.zygote`) under bubblewrap and prepares a child
while none is at work. A `Child` is one process for one submission, reached by a stream of frames; it is a remote object
and nothing more: what it sends is a value to be compared, never a verdict. Time and memory are kept from this side. When
a child hangs, floods or dies it costs its check only; when the warm process dies, `SandboxLost` is raised and the
submission is graded again in a new one.
"""

from grader.sandbox.child import Child
from grader.sandbox.process import Sandbox, SandboxLost, SandboxUnavailable

__all__ = ["Child", "Sandbox", "SandboxLost", "SandboxUnavailable"]
