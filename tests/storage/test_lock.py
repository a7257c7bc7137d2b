"""One process at a time holds a lock, and its death ends it."""

import errno
import fcntl
import os
import socket
import subprocess
import sys

import pytest

from beyond_blur.storage import lock

HOLDER = """
import sys, time
from pathlib import Path
from beyond_blur.storage import lock
with lock.only_one(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(100)
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds the lock of ``state.pt``."""
    command = [sys.executable, "-c", HOLDER, tmp_path / "state.pt"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_second_is_told_who_holds_it_and_a_killed_holder_is_no_obstacle(holder, tmp_path):
    path = tmp_path / "state.pt"
    with pytest.raises(lock.Held) as refused, lock.only_one(path):
        pass
    assert str(refused.value) == (
        f"{path} is being written by process {holder.pid} on {socket.gethostname()}: wait for it "
        "or end it, then run this again"
    )
    holder.kill()
    holder.wait()
    assert (tmp_path / "state.pt.lock").exists()
    with lock.only_one(path) as locks:
        assert locks
    assert list(tmp_path.iterdir()) == []


def test_the_lock_ends_with_its_block_also_by_an_error(tmp_path):
    for _ in range(2):
        with pytest.raises(KeyError), lock.only_one(tmp_path / "folder/state.pt"):
            raise KeyError
    assert list((tmp_path / "folder").iterdir()) == []


def test_a_lock_whose_file_was_deleted_meanwhile_is_not_taken_for_one(tmp_path, monkeypatch):
    """Who held it may end between the opening of its file and the locking of it."""
    place, opened = tmp_path / "state.pt.lock", []
    flock = fcntl.flock

    def late(file, how):
        if not opened:
            place.unlink()
        opened.append(file)
        flock(file, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with lock.only_one(tmp_path / "state.pt"):
        assert len(opened) == 2
        assert os.path.samestat(os.fstat(opened[1].fileno()), place.stat())


def test_a_file_system_without_locks_is_said_and_no_obstacle(tmp_path, monkeypatch):
    def refuse(file, how):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with lock.only_one(tmp_path / "state.pt") as locks:
        assert not locks
