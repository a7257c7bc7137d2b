"""What a killed writer leaves is removed by the next one; what a living one writes is not."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from beyond_blur.storage import atomic, temporaries

ROOT = Path(__file__).parents[2]
WRITER = """
import sys, time
from pathlib import Path
from beyond_blur.storage.atomic import atomic
with atomic(sys.argv[1]) as temporary:
    temporary.write_text("half")
    (temporary.parent / ".tmpAbCdEf").write_text("of a library")
    print("writing", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def writer(tmp_path):
    """A process in the middle of writing ``result.json``, and the folder it writes in."""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    run = subprocess.Popen([sys.executable, "-c", WRITER, tmp_path / "result.json"],
                           stdout=subprocess.PIPE, env=env)  # fmt: skip
    assert run.stdout.readline() == b"writing\n"
    yield run
    run.kill()
    run.wait()
    run.stdout.close()


def left(folder):
    return temporaries.left_in(folder)


def test_what_a_killed_writer_left_goes_with_the_next_write_into_the_folder(writer, tmp_path):
    (place,) = left(tmp_path)
    assert {path.name for path in place.iterdir()} >= {"result.json", ".tmpAbCdEf"}
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert left(tmp_path) == [place]
    atomic.write_text(tmp_path / "another.json", "{}")
    assert [path.name for path in tmp_path.iterdir()] == ["another.json"]


def test_what_a_living_writer_writes_stays(writer, tmp_path):
    (place,) = left(tmp_path)
    atomic.write_text(tmp_path / "result.json", "{}")
    assert left(tmp_path) == [place]
    assert (place / "result.json").read_text() == "half"
    writer.send_signal(signal.SIGSTOP)
    atomic.write_text(tmp_path / "result.json", "{}")
    assert left(tmp_path) == [place]
    writer.send_signal(signal.SIGCONT)


def test_another_machines_folder_stays_until_it_was_untouched_for_two_days(tmp_path):
    place = tmp_path / f"{temporaries.PREFIX}0123456789ab-x"
    place.mkdir()
    for name in (f"{temporaries.WRITER}.lock", "result.json"):
        (place / name).touch()
    atomic.write_text(tmp_path / "result.json", "{}")
    assert left(tmp_path) == [place]
    long_ago = time.time() - 1.01 * temporaries.LONG
    for path in (place / f"{temporaries.WRITER}.lock", place):
        os.utime(path, (long_ago, long_ago))
    atomic.write_text(tmp_path / "result.json", "{}")
    assert left(tmp_path) == [place], "one of its files is young"
    os.utime(place / "result.json", (long_ago, long_ago))
    atomic.write_text(tmp_path / "result.json", "{}")
    assert left(tmp_path) == []


def test_a_clock_set_forward_or_backward_removes_no_living_writers_folder(tmp_path, monkeypatch):
    place = tmp_path / f"{temporaries.PREFIX}0123456789ab-x"
    place.mkdir()
    now = time.time()
    for offset in (-1e6, 1e6):
        monkeypatch.setattr(time, "time", lambda offset=offset: now + offset)
        atomic.write_text(tmp_path / "result.json", "{}")
        assert left(tmp_path) == [place]


def test_without_locks_on_the_file_system_the_age_decides(tmp_path, monkeypatch):
    def no_locks(handle, operation):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with atomic.atomic(tmp_path / "a.json") as temporary:
        temporary.write_text("a")
        atomic.write_text(tmp_path / "b.json", "b")
        assert temporary.read_text() == "a"
    assert {path.name for path in tmp_path.iterdir()} == {"a.json", "b.json"}
    place = tmp_path / f"{temporaries.PREFIX}{temporaries._machine()}-x"
    place.mkdir()
    (place / temporaries.UNLOCKED).touch()
    for age, stays in ((0.99, True), (1.01, False)):
        then = time.time() - age * temporaries.LONG
        for path in (place / temporaries.UNLOCKED, place):
            os.utime(path, (then, then))
        atomic.write_text(tmp_path / "b.json", "b")
        assert place.exists() == stays


@pytest.mark.parametrize("sweeper", ["has been", "is there"])
def test_a_sweep_that_comes_between_a_folder_and_its_lock_harms_nobody(
    tmp_path, monkeypatch, sweeper
):
    lock, places = temporaries.only_one, []

    def late(path):
        monkeypatch.setattr(temporaries, "only_one", lock)
        places.append(path.parent)
        if sweeper == "has been":
            temporaries.sweep(tmp_path, time.time())
            assert not path.parent.exists()
            return lock(path)
        with lock(path):
            return lock(path).__enter__()

    monkeypatch.setattr(temporaries, "only_one", late)
    with atomic.atomic(tmp_path / "a.json") as temporary:
        assert (temporary.parent == places[0]) == (sweeper == "has been")
        temporary.write_text("a")
    atomic.write_text(tmp_path / "b.json", "b")
    assert {path.name for path in tmp_path.iterdir()} == {"a.json", "b.json"}


def test_a_sweep_that_fails_is_no_error(tmp_path):
    """A file of another making under that name, and a folder that may not be listed."""
    odd = tmp_path / f"{temporaries.PREFIX}odd"
    odd.write_text("a file")
    atomic.write_text(tmp_path / "a.json", "a")
    assert (tmp_path / "a.json").read_text() == "a" and odd.exists()
    assert temporaries.left_in(tmp_path / "missing") == []


def test_a_name_as_long_as_a_file_system_takes_can_be_written(tmp_path):
    path = tmp_path / f"{'a' * 250}.json"
    atomic.write_text(path, "{}")
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_fault_of_writing_names_the_result_and_not_the_temporary(tmp_path):
    (tmp_path / "a.json").mkdir()
    with pytest.raises(OSError) as caught:
        atomic.write_text(tmp_path / "a.json", "{}")
    assert str(caught.value).startswith(f"{tmp_path / 'a.json'} cannot be written: ")
    assert temporaries.PREFIX not in str(caught.value)
