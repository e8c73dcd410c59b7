"""Lifts or lowers its own limits, and pushes others aside."""

import resource

for name in ("AS", "CPU", "CORE", "FSIZE", "NOFILE", "NPROC", "MEMLOCK", "STACK", "MSGQUEUE"):
    kind = getattr(resource, f"RLIMIT_{name}")
    attempt(f"raised {name}", resource.setrlimit, kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
attempt("nice", os.nice, -5)
attempt("a priority", os.setpriority, os.PRIO_PROCESS, 0, -20)
attempt("real time", os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(1))
attempt("other processors", os.sched_setaffinity, 0, range(64))
attempt("an input and output priority", syscall, 251, 1, 0, 0x2000)
attempt("locked memory", syscall, 151, 1)
for path in ("/proc/self/oom_score_adj", "/sys/fs/cgroup/cgroup.procs"):
    attempt(path, os.open, path, os.O_WRONLY)
if VARIANT == 1:  # the kernel then kills, as if somebody else had done it
    attempt("lowered the processor time", resource.setrlimit, resource.RLIMIT_CPU, (1, 1))
    attempt("the same by hand", syscall, 302, 0, resource.RLIMIT_CPU, (1).to_bytes(8, "little") * 2, None)
    attempt("the same by the old call", syscall, 160, resource.RLIMIT_CPU, (1).to_bytes(8, "little") * 2)
    while found:
        pass
