"""First on the path of a run that is tortured: notes its renames, kills it at one, or turns clocks.

Python imports this module at its start. It acts in verbs of the command line alone, and on what is
renamed inside a folder ``results``. What it does stands in TORTURE, as JSON:

``notes``
    file to which each rename is written: when, seconds after the start, and to what;
``strike``
    ``when`` ("before" or "after" a rename, "during" a write), ``number`` (which one, from 1),
    ``signal``, ``whole_group`` and ``delay``, seconds after the begin of the write;
``clock``
    seconds to add to the time of day, once ``after`` seconds have passed.
"""

import json
import os
import shlex
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

START = time.time()


def is_result(path):
    return "results" in Path(path).absolute().parts[:-1]


def strike(plan):
    kill = os.killpg if plan["whole_group"] else os.kill
    kill(os.getpgrp() if plan["whole_group"] else os.getpid(), plan["signal"])
    if plan["signal"] != signal.SIGKILL:
        time.sleep(0.05)  # Python acts on a signal between two of its own instructions


def watch_renames(on_rename):
    """Call ``on_rename(source, target, go_on)`` in the place of every rename of a result."""
    for name in ("replace", "rename"):
        setattr(os, name, _watched(getattr(os, name), on_rename))


def _watched(original, on_rename):
    def patched(source, target, **more):
        def go_on():
            original(source, target, **more)

        if is_result(target):
            on_rename(source, target, go_on)
        else:
            go_on()

    return patched


def take_notes(path):
    def note(source, target, go_on):
        go_on()
        entry = {"call": shlex.join(sys.argv[1:]), "at": time.time() - START,
                 "target": os.path.relpath(target)}  # fmt: skip
        with Path(path).open("a") as file:
            file.write(json.dumps(entry) + "\n")

    watch_renames(note)


def strike_at_rename(plan):
    count = 0

    def at(source, target, go_on):
        nonlocal count
        count += 1
        here = count == plan["number"]
        if here and plan["when"] == "before":
            strike(plan)
        go_on()
        if here and plan["when"] == "after":
            strike(plan)

    watch_renames(at)


def strike_during_write(plan):
    """Every write of a result begins with a folder of its own."""
    count, original = 0, tempfile.mkdtemp

    def patched(*arguments, **more):
        nonlocal count
        place = original(*arguments, **more)
        count += is_result(place)
        if is_result(place) and count == plan["number"]:
            threading.Timer(plan["delay"], strike, [plan]).start()
        return place

    tempfile.mkdtemp = patched


def turn_clock(plan):
    real = time.time

    def turned():
        now = real()
        return now + plan["by"] if now - START > plan["after"] else now

    time.time = turned


def begin(plan):
    if "notes" in plan:
        take_notes(plan["notes"])
    if "clock" in plan:
        turn_clock(plan["clock"])
    if "strike" in plan:
        during = plan["strike"]["when"] == "during"
        (strike_during_write if during else strike_at_rename)(plan["strike"])


if "TORTURE" in os.environ and "beyond_blur" in sys.orig_argv[1:4]:
    begin(json.loads(os.environ["TORTURE"]))
