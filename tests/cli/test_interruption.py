"""Ctrl-C before a verb begins and after its work is done: no traceback, and what is whole stays."""

import os
import subprocess
import sys

SITE = """
import os, signal, sys, threading, time

def later():
    deadline = time.monotonic() + 60
    while not os.path.exists(os.environ["DONE"]) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.5)  # Python waits for this thread before it ends
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.2)

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "beyond_blur.cli":
            raise KeyboardInterrupt

if "beyond_blur" in " ".join(sys.orig_argv):
    if os.environ["WHEN"] == "end":
        threading.Thread(target=later).start()
    else:
        sys.meta_path.insert(0, Finder())
"""


def run(folder, when):
    (folder / "sitecustomize.py").write_text(SITE)
    out = folder / "schema.json"
    env = {**os.environ, "WHEN": when, "DONE": str(out),
           "PYTHONPATH": os.pathsep.join([str(folder), *filter(None, sys.path)])}  # fmt: skip
    command = [sys.executable, "-m", "beyond_blur", "schema", "--out", str(out)]
    return subprocess.run(command, env=env, capture_output=True, text=True), out


def test_an_interruption_of_pythons_own_end_changes_nothing(tmp_path):
    done, out = run(tmp_path, "end")
    assert (done.returncode, done.stderr) == (0, "")
    assert out.exists()


def test_an_interruption_before_the_verb_is_known_is_no_traceback(tmp_path):
    done, out = run(tmp_path, "start")
    assert (done.returncode, done.stderr) == (130, "")
    assert not out.exists()
