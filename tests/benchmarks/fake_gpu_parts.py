"""Parts of a GPU check that do what parts should not do."""

import os
import signal
import time


def measures(context):
    context.add("rate", 2.5)


def raises(context):
    context.add("before", 1)
    raise RuntimeError("no such kernel")


def hangs(context):
    context.add("before", 1)
    time.sleep(1000)


def is_killed(context):
    context.add("before", 1)
    os.kill(os.getpid(), signal.SIGKILL)


def starts_a_process_and_hangs(context):
    child = os.fork()
    if not child:
        time.sleep(1000)
    context.add("child", child)
    time.sleep(1000)


def writes_its_interval(context):
    """Hold the device for a moment, and note from when to when."""
    time.sleep(0.2)  # both are there before the first is done
    for turn in range(3):
        with context.alone():
            start = time.time()
            time.sleep(0.1)
            context.add(f"interval {turn}", [start, time.time()])


def attempts(context):
    context.keep("found", {"before": 1})
    context.attempt("found", lambda: 1 / 0)
    context.attempt("next", lambda: 7)


def runs_out_of_memory_once(context):
    """As torch does where another part is at its peak."""
    tries = []

    def run():
        tries.append(context.holding)
        if len(tries) == 1:
            raise OutOfMemoryError
        return tries

    context.attempt("tries", run)


class OutOfMemoryError(RuntimeError):
    """Named as torch's."""
