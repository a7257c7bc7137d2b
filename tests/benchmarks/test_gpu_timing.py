"""What a part of a GPU check is told about time."""

import fcntl
import threading
import time

import pytest

from gpu_parts.context import Context, lock_file
from gpu_parts.quiet import TIMING, compiling, wait_for_compilers
from gpu_parts.timing import in_turns, median_ms


@pytest.fixture
def context(tmp_path):
    """A part with a minute."""
    (tmp_path / "parts").mkdir()
    return Context("part", tmp_path, 60.0, dry=True)


def sleeps(seconds, taken):
    """Steps of some seconds each."""

    def run(n):
        taken.append(n)
        time.sleep(n * seconds)

    return run


def test_things_that_take_turns_are_compared_with_the_first(context):
    first, second = [], []
    found = in_turns(context, {"a": sleeps(0.04, first), "b": sleeps(0.02, second)}, 2, 3)
    assert first == second == [2, 2, 2, 2]  # one round to warm up
    assert found["a, ms a step"] == pytest.approx(40, rel=0.5)
    assert 1.3 < found["b, times faster"] < 3
    assert "a, times faster" not in found


def test_turns_end_early_where_the_box_does(context):
    context.box, taken = 1.0, []
    assert in_turns(context, {"a": sleeps(0.0, taken)}, 1, 9)
    assert len(taken) == 2


def test_whoever_compiled_waits_for_other_compilers_while_there_is_time(context):
    context.box = TIMING + 1.0
    other = Context("other", context.out, 60.0)
    with compiling(other):
        wait_for_compilers(context)
    assert context.values["waited for compilers, s"] == pytest.approx(1.0, abs=0.4)
    context.box = TIMING + 60.0
    with compiling(context):
        pass
    wait_for_compilers(context)
    assert context.values["waited for compilers, s"] < 0.5


def test_waiting_does_not_outlast_the_check(tmp_path):
    waited = Context("part", tmp_path, 60.0, limit=70.0, waited=30.0)
    assert 69 < waited.left() < 70.1


def test_a_median_leaves_the_first_calls_out(context):
    spent = iter([0.3, 0.02, 0.02, 0.02])
    assert median_ms(context, lambda: time.sleep(next(spent)), 3, warm=1) < 200


def test_waiting_for_the_device_costs_a_part_none_of_its_time(context):
    with lock_file(context.out).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        threading.Timer(0.5, fcntl.flock, (file, fcntl.LOCK_UN)).start()
        before = context.left()
        with context.alone(), context.alone():
            assert context.waited > 0.3
        assert before - context.left() < 0.4
    assert not context.holding
