"""The Celery application: three queues by priority, tasks that take ids, and worker processes with a warm sandbox each.

    interactive   public checks while somebody types
    submissions   what was handed in
    regrades      the same again, in bulk

A message is acknowledged after its work, so that it comes again when a worker dies; the docket sees to it that nothing
is graded twice. Messages of submissions that are lost with the broker are sent again by the sweeper, which runs in every
worker's main process, one at a time; who has asked for a run that is lost asks again.
"""

from __future__ import annotations

import itertools
import logging
import os
import socket
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

import redis
from celery import Celery, signals
from celery.exceptions import SecurityWarning
from kombu import Exchange
from kombu import Queue as Channel
from kombu.exceptions import OperationalError

from grader.course import MOST_WALL_S, CourseError, Limits
from grader.docket import Docket, Job, Queue, longest_s
from grader.grading import Begun, CheckDone, Ended, final_report, grade, try_out
from grader.sandbox import Sandbox, SandboxUnavailable

CHANNELS: Final[dict[Queue, str]] = {
    "interactive": "chainrule.1.interactive",
    "submissions": "chainrule.2.submissions",
    "regrades": "chainrule.3.regrades",
}
"""The queues' names in Redis: the transport serves those of one worker in the order of their names."""
GRADE: Final = "chainrule.grade"
TRY_OUT: Final = "chainrule.try_out"
STEP_S: Final = 0.25
"""Seconds of a grading before its progress is noted, and between two notes."""
SWEEP_S: Final = 5
SEND_S: Final = 2.0
"""How long sending a message may take: somebody waits for the page meanwhile."""
REST_S: Final = 3.0
"""How long no message is sent after one has taken all that time: less than from one sweep to the next."""
PAUSE_S: Final = 2.0
"""How long a process leaves the queue to the others after its sandbox did not start."""
HARD_LIMIT_S: Final = round(longest_s(Limits(wall_s=MOST_WALL_S))) + 60
"""Beyond what a grading of any exercise may take: the sandbox keeps the real limits."""

log = logging.getLogger(__name__)


_WORKING: Final = {"socket_timeout": 10, "retry_on_timeout": True}
_SENDING: Final = {"socket_timeout": SEND_S, "retry_on_timeout": False, "max_retries": 0}


def application(redis_url: str, patience: Mapping[str, Any] = _WORKING) -> Celery:
    """The Celery application on a Redis (`redis://...` or `unix:///PATH`): enough for sending.

    `patience` is what it does about a Redis that does not answer.
    """
    celery = Celery("chainrule", broker=_broker_url(redis_url), set_as_current=False)
    celery.conf.update(
        task_queues=[Channel(name, Exchange(name), routing_key=name) for name in CHANNELS.values()],
        task_default_queue=CHANNELS["submissions"],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_time_limit=HARD_LIMIT_S,
        task_publish_retry=False,
        worker_prefetch_multiplier=1,
        worker_disable_prefetch=True,
        worker_hijack_root_logger=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=2,
        broker_transport_options={
            "queue_order_strategy": "sorted",
            "visibility_timeout": HARD_LIMIT_S + 60,
            "socket_connect_timeout": 2,
            "socket_keepalive": True,
            **patience,
        },
    )
    return celery


def _broker_url(redis_url: str) -> str:
    """The same Redis in Celery's words: it has others for what redis-py reads in the address of a Unix socket."""
    if urlsplit(redis_url).scheme != "unix":
        return redis_url
    found = redis.ConnectionPool.from_url(redis_url).connection_kwargs
    account = ":".join(quote(found.get(name, ""), safe="") for name in ("username", "password"))
    return f"redis+socket://{account}@{quote(found['path'])}?virtual_host={found.get('db', 0)}"


class Post:
    """Sends messages. A broker that is away is logged, never raised: the row is kept, and the sweeper sends again.

    One that hangs is waited for by a message and those that are sent at the same moment; the next ones are not sent at
    all for a few seconds.
    """

    def __init__(self, redis_url: str) -> None:
        self._celery = application(redis_url, _SENDING)
        self._rests_until = 0.0

    def grade(self, id: str, queue: Queue = "submissions") -> bool:
        """Asks for a submission to be graded. Says whether the message was sent."""
        return self._send(GRADE, [id], queue)

    def try_out(self, draft: int, revision: int) -> bool:
        """Asks for the public checks of a draft. Says whether the message was sent."""
        return self._send(TRY_OUT, [draft, revision], "interactive")

    def _send(self, task: str, arguments: list[Any], queue: Queue) -> bool:
        began = time.monotonic()
        if began < self._rests_until:
            return False
        try:
            self._celery.send_task(task, arguments, queue=CHANNELS[queue], retry=False)
        except (OperationalError, redis.RedisError, OSError) as error:
            log.error("%s%s could not be sent: %s", task, tuple(arguments), error)
            if time.monotonic() - began > SEND_S / 2:  # one that refuses at once may be asked again at once
                self._rests_until = time.monotonic() + REST_S
                log.error("Redis hangs: for %g s, no message is sent", REST_S)
            return False
        return True


class Bench:
    """What one worker process works with: its docket and its own warm sandbox."""

    def __init__(self, docket: Docket, sandbox: Sandbox) -> None:
        self.docket, self.sandbox = docket, sandbox

    def warm_up(self) -> None:
        """Starts the sandbox ahead of the first message, which tries again where it does not start now."""
        try:
            self.sandbox.start()
        except SandboxUnavailable as error:
            log.error("the sandbox does not start; the next submission tries again: %s", error)

    def grade(self, id: str) -> None:
        """Grades the newest waiting submission of the student whose submission `id` is.

        Whatever breaks on our side gives the submission back, to be graded again after a while.
        """
        job = self.docket.claim(id)
        if job is None:
            return
        try:
            self._grade(job)
        except CourseError as error:
            self.docket.give_back(job, str(error))
        except Exception as error:  # whatever it is, it is no verdict on the student
            log.exception("grading submission %s broke on our side", job.id)
            self.docket.give_back(job, f"{type(error).__name__}: {error}")
        if not self.sandbox.running:  # failing is quicker than grading: without a pause, this process would take all
            time.sleep(PAUSE_S)

    def _grade(self, job: Job) -> None:
        noted, done, total = time.monotonic(), 0, 0
        for event in grade(job.submission, self.sandbox):
            match event:
                case Begun(checks=total):
                    done = 0
                case CheckDone():
                    done += 1
                    if time.monotonic() - noted > STEP_S:
                        self.docket.progress(job, done, total)
                        noted = time.monotonic()
                case Ended(report) if report.status == "platform_error":
                    self.docket.give_back(job, report.message)
                case Ended(report):
                    self.docket.settle(job, report)

    def try_out(self, draft: int, revision: int) -> None:
        """Runs the public checks on a draft, unless it has been changed since.

        Whatever breaks on our side is told as such: nobody sends the message of a run again.
        """
        try:
            trial = self.docket.trial(draft, revision)
            if trial is not None:
                self.docket.settle_trial(trial, final_report(try_out(trial.submission, self.sandbox)))
        except CourseError as error:
            self.docket.give_up(draft, revision, str(error))
        except Exception as error:  # whatever it is, it is no verdict on the student
            log.exception("running draft %d at revision %d broke on our side", draft, revision)
            self.docket.give_up(draft, revision, f"{type(error).__name__}: {error}")

    def close(self) -> None:
        """Ends the sandbox and lets go of the docket."""
        self.sandbox.close()
        self.docket.close()


class Sweeper(threading.Thread):
    """Sends again what may wait without a message. Of all sweepers on a Redis, one works at a time."""

    def __init__(self, redis_url: str, open_docket: Callable[[], Docket], every_s: float = SWEEP_S) -> None:
        super().__init__(name="sweeper", daemon=True)
        self._redis_url, self._open_docket, self._every_s = redis_url, open_docket, every_s
        self._stopped = threading.Event()

    def run(self) -> None:
        """Sweeps until it is stopped; a store or broker that is away is waited for."""
        docket, post = self._open_docket(), Post(self._redis_url)
        broker = redis.Redis.from_url(self._redis_url, socket_timeout=5, socket_connect_timeout=2)
        while not self._stopped.wait(self._every_s):
            try:
                if broker.set("chainrule:sweep", os.getpid(), nx=True, px=int(self._every_s * 900)):
                    sweep(docket, post)
            except Exception:  # the next round tries again: a sweeper that ends would lose submissions
                log.exception("sweeping failed")
        broker.close()
        docket.close()

    def stop(self) -> None:
        """Ends the thread after its round."""
        self._stopped.set()
        self.join()


def sweep(docket: Docket, post: Post) -> int:
    """Sends all overdue submissions again, and lets the docket do what has fallen due; gives how many were overdue.

    What cannot be sent, or not within the time of a sweep, is left to the next one.
    """
    began, found = time.monotonic(), 0
    unsent: list[str] = []
    while not unsent and time.monotonic() - began < SWEEP_S and (overdue := list(docket.overdue())):
        found += len(overdue)
        sent = sum(1 for _ in itertools.takewhile(lambda each: post.grade(each.id, each.queue), overdue))
        unsent = [each.id for each in overdue[sent:]]
    if unsent:
        docket.unsent(unsent)
    if found:
        log.warning(
            "%d submissions have waited long, and may have lost their messages: %d are sent again",
            found,
            found - len(unsent),
        )
    docket.tend()
    return found


def run_worker(
    redis_url: str, open_docket: Callable[[], Docket], processes: int, on_ready: Callable[[], None] | None = None
) -> None:
    """Works until SIGTERM or SIGINT, with as many processes. Raises SandboxUnavailable before any work is taken."""
    with Sandbox():
        pass  # it can be started here
    celery = application(redis_url)
    bench: list[Bench] = []

    @celery.task(name=GRADE)
    def grade_submission(id: str) -> None:
        bench[0].grade(id)

    @celery.task(name=TRY_OUT)
    def try_out_draft(draft: int, revision: int) -> None:
        bench[0].try_out(draft, revision)

    def begin(**_: Any) -> None:
        bench.append(Bench(open_docket(), Sandbox()))
        bench[0].warm_up()

    def end(**_: Any) -> None:
        while bench:
            bench.pop().close()

    sweeper = Sweeper(redis_url, open_docket)

    def ready(**_: Any) -> None:
        sweeper.start()
        log.info("ready: %d processes", processes)
        if on_ready is not None:
            on_ready()

    signals.worker_process_init.connect(begin, weak=False)
    signals.worker_process_shutdown.connect(end, weak=False)
    signals.worker_ready.connect(ready, weak=False)
    # Celery warns of a superuser whose messages may hold pickled code; ours hold ids in JSON, and what students write
    # runs behind walls of its own.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    worker = celery.Worker(
        concurrency=processes,
        hostname=f"chainrule-{os.getpid()}@{socket.gethostname()}",
        loglevel="WARNING",
        quiet=True,
        without_gossip=True,
        without_heartbeat=True,
        without_mingle=True,
    )
    try:
        worker.start()
    finally:
        if sweeper.is_alive():
            sweeper.stop()
