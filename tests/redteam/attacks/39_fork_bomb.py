"""A fork bomb, bounded: the first child alone would do."""

import multiprocessing
import subprocess
import time


def bomb(fork):
    for _ in range(20):
        if fork() == 0:
            time.sleep(5)
            os._exit(0)
        got("a fork")


attempt("fork", bomb, os.fork)
attempt("forkpty", lambda: os.forkpty()[0])
attempt("a process of multiprocessing", multiprocessing.get_context("fork").Process(target=time.sleep, args=(5,)).start)
attempt("a subprocess", subprocess.run, ["/python/bin/python3", "-c", "1"])
attempt("clone", syscall, 56, 17, 0, 0, 0, 0)
attempt("clone3", syscall, 435, bytes(64), 64)
