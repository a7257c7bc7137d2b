"""A run says in its first seconds where and how it computes, how fast, and when it is done."""

import time

import pytest
import torch

from beyond_blur.network.compiling import CannotCompile, Guarded
from beyond_blur.training.distributed import Group
from beyond_blur.training.first_line import FirstLine, described, device_name
from small_runs import job_of, start


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def said(clock, seconds, iterations=1000):
    """Step and line of a run whose steps take these seconds."""
    line = FirstLine(job_of(iterations=iterations, compile=False), start())
    found = []
    for step, taken in enumerate(seconds, 1):
        clock[0] += taken
        found.append((step, line.after(step)))
    lines = [(step, text) for step, text in found if text]
    assert len(lines) <= 1, "once"
    return lines


def test_the_line_names_everything_and_comes_once_the_rate_is_known(clock):
    torch.set_num_threads(1)
    # Two slow steps are left out; four of half a second are enough: 8 images each, 994 to go.
    assert said(clock, [3.0, 1.0, *[0.5] * 20]) == [(6, (
        "training advection_diffusion-pe0.1 on cpu (1 thread), float32, not compiled, batch 8, "
        "44,969 parameters: 16 images/s, 8:17 left"))]  # fmt: skip


def test_a_slow_start_is_said_all_the_same(clock):
    ((step, line),) = said(clock, [62.0, 0.1, 0.1])
    assert step == 1 and line.endswith("parameters: 1 step in the first 62 s")
    ((step, line),) = said(clock, [4.0, 4.0, 3.0, 3.0])
    assert step == 3 and line.endswith("parameters: 2.7 images/s, 49:51 left")


def test_a_run_that_ends_soon_is_said_with_its_last_step(clock):
    assert [step for step, _ in said(clock, [0.1] * 4, iterations=4)] == [4]
    ((_, line),) = said(clock, [0.1, 0.1], iterations=2)
    assert line.endswith("2 steps in the first 0.2 s")


def test_the_share_of_each_process_and_the_card_are_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA H100 80GB HBM3")
    run = start()
    run.group = Group("cuda:0", rank=0, size=3)
    words = described(job_of(precision="bfloat16", compile=True), run)
    assert "on cuda:0 (NVIDIA H100 80GB HBM3), bfloat16, compiled, " in words
    assert "batch 8 (2 in each of 3 processes)" in words
    assert device_name(Group("cpu")).startswith("cpu (")


def test_a_run_that_gave_up_to_compile_is_not_called_compiled(capsys):
    run = start()
    run.predict = Guarded(run.predict, "training.compile", run.predict)
    job = job_of(compile=True)
    assert ", compiled, " in described(job, run)
    run.predict.give_up(CannotCompile("no compiler"))
    assert ", not compiled, " in described(job, run)
    assert "going on uncompiled" in capsys.readouterr().out
