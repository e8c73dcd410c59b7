"""Everything on one machine: a private Redis, web and worker under one supervisor.

Who runs, and who ends whom:

    chainrule serve  (supervisor.py; holds the lock of home.py and the listening socket of web.py)
      |- guardian.py    sleeps on a pipe; when the supervisor is gone, however it went, it kills the parts' groups
      |- redis-server   (redis.py), started through tether.py, as every part is:
      |- chainrule web  (web.py)    a session of its own, tied to the supervisor's life by the kernel
      `- chainrule worker

A Ctrl-C in the terminal reaches the supervisor alone, because each part leads a session of its own; the supervisor
stops the parts in reverse order.
"""
