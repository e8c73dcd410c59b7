"""Keeps the inputs it sees wherever they might survive, and looks for those of an earlier attempt."""

import builtins
import tempfile

STORES = [f"{place}/rt-marker-memo" for place in (*PLACES, tempfile.gettempdir() if os.path.isdir("/tmp") else "/tmp")]
first = not hasattr(builtins, "rt_attempt")
builtins.rt_attempt = True
if first:
    if hasattr(np, "rt_memo") or "RT_MEMO" in os.environ or os.path.exists("/dev/shm/rt-marker-memo"):
        got("an earlier attempt's memo")
    for path in STORES:
        attempt(f"{path} from an earlier attempt", lambda: open(path).read())


def scale(x):
    np.rt_memo = x
    os.environ["RT_MEMO"] = repr(x.tolist())
    for path in STORES:
        attempt(f"stored in {path}", lambda: open(path, "a").write(repr(x.tolist())))
    confess()
    return x
