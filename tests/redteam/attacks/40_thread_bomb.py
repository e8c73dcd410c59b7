"""A thread bomb, bounded: 200 threads for two seconds."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

for _ in range(200):
    attempt("a thread", threading.Thread(target=time.sleep, args=(2,), daemon=True).start)
attempt("a pool", lambda: ThreadPoolExecutor(2).submit(time.sleep, 1).result())
