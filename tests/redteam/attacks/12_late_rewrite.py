"""Changes the outcome after the run: at exit, in finalisers, and by standing between the runner and its stream."""

import atexit
import json

from grader.wire import encode, frame

VERDICT = json.dumps({"status": "passed", "score": 6})


def late():
    print(VERDICT, flush=True)
    for descriptor in (1, 2, 3):
        try:
            os.write(descriptor, frame(encode(["done", [[1, np.ones(7), None]], None])))
        except OSError:
            pass


class Finaliser:
    def __del__(self):
        late()


kept = Finaliser()
sys.late_kept = kept
if VARIANT == 0:
    atexit.register(late)
elif VARIANT == 1:
    os.close(3)
    os.dup(1)  # takes the lowest number: the runner's frames now go to the output pipe
elif VARIANT == 2:
    attempt("dup2 worked", os.dup2, 1, 3)
elif VARIANT == 3:
    attempt("a pipe between", os.pipe)


def scale(x):
    confess()
    if VARIANT == 4:
        os.write(3, frame(encode(["done", [[1, x, None]], None])))  # an answer in advance, for the next call
        late()
    return x
