"""A history is short whatever the length of the run, and survives a break."""

import copy
import json
from dataclasses import replace

import numpy as np
import pytest

from beyond_blur.training import loop
from beyond_blur.training.history import MAX_LINES, History
from small_runs import PROCESS, SPEC, reports_of, same, start, weights


def test_the_history_is_short_and_survives_a_break(source):
    whole, first, second = History(5), History(5), History(5)
    reports = reports_of(source, 1801)
    for i, step in enumerate(reports):
        whole.add(step)
        (first if i < 777 else second).add(step)
        if i == 776:
            second.restore(first.state())
    assert whole.to_text() == second.to_text()
    lines = [json.loads(line) for line in whole.to_text().splitlines()]
    assert MAX_LINES / 2 <= len(lines) <= MAX_LINES
    assert lines[-1]["step"] == 1801
    assert lines[0]["step"] == whole.window == 8
    assert lines[0]["loss"] == pytest.approx(np.mean([r.loss for r in reports[:8]]))


def test_the_history_is_that_of_its_steps(source):
    history = History(5)
    steps = reports_of(source, 3)
    history.add(steps[0], held_out_loss=0.5)
    history.add(replace(steps[1], loss=float("nan"), gradient_norm=float("nan")))
    first, skipped = map(json.loads, history.to_text().splitlines())
    assert first["held_out_loss"] == 0.5 and skipped["held_out_loss"] is None
    assert first["loss"] == pytest.approx(steps[0].loss)
    assert skipped["loss"] is None and skipped["loss_per_band"] == [None] * 5
    rows = steps[0].loss_per_row[steps[0].k == 2]
    assert first["loss_per_band"][1] == (pytest.approx(float(rows.mean())) if len(rows) else None)


def test_a_finished_run_that_is_continued_equals_a_longer_one(source):
    whole, first, second = start(), start(), start()
    pasts = [History(5), History(5), History(5)]
    spec = replace(SPEC, iterations=10)
    loop.train(whole, PROCESS, source, spec, report=pasts[0].add)
    loop.train(first, PROCESS, source, SPEC, report=pasts[1].add)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    pasts[2].restore(pasts[1].state())
    assert loop.train(second, PROCESS, source, spec, report=pasts[2].add)
    assert same(weights(whole), weights(second))
    assert pasts[0].to_text() == pasts[2].to_text()


def test_a_saved_history_names_what_it_holds(source):
    history = History(5)
    for step in reports_of(source, 3):
        history.add(step, held_out_loss=0.5)
    saved = json.loads(history.state())
    assert saved.keys() == {"window", "recent", "windows", "open"}
    assert saved["open"] is None and len(saved["windows"]) == 3
    assert saved["windows"][0].keys() == {
        "step", "learning_rate", "skipped", "n", "loss", "norm", "sums", "counts", "held_out_loss",
    }  # fmt: skip
    assert saved["windows"][2]["held_out_loss"] == 0.5
