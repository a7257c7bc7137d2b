"""A step read late is the step read at once: nothing hangs on when a run is looked at."""

import copy
from dataclasses import replace

import pytest
import torch

from beyond_blur.training import state as states
from beyond_blur.training import step as parts
from beyond_blur.training.loop import steps, train
from beyond_blur.training.prefetch import PreparedPairs
from small_runs import PROCESS, SPEC, same, start, weights


def begun(run, source, number=0):
    with PreparedPairs(PROCESS, source, SPEC) as pairs:
        return parts.gradients(run, pairs, SPEC, number), pairs


def settled(run, step, pairs):
    return parts.settle(run, step, SPEC, pairs)


@pytest.mark.parametrize("fused", [False, True])
def test_a_step_that_is_not_finite_changes_neither_weights_nor_moments(source, fused, monkeypatch):
    monkeypatch.setattr(states, "FUSED_FROM", 0 if fused else 10**9)
    run = start()
    assert run.optimiser.defaults["fused"] is fused
    step, pairs = begun(run, source)
    parts.update(run, step)
    settled(run, step, pairs)
    before = copy.deepcopy(run.state_dict())
    run.predict = lambda x, k, predict=run.predict: predict(x, k) * float("nan")
    step, pairs = begun(run, source, 1)
    assert not step.finite
    parts.update(run, step)
    report = settled(run, step, pairs)
    after = run.state_dict()
    assert same(before["model"], after["model"]) and same(before["average"], after["average"])
    for i, moments in before["optimiser"]["state"].items():
        assert same(moments, after["optimiser"]["state"][i])
    assert (report.step, report.skipped, after["counts"]) == (2, 1, [2, 1, 1])


@pytest.mark.parametrize(("before", "after"), [(10**9, 0), (0, 10**9)])
def test_a_state_goes_on_fused_or_not_as_its_new_device_is(source, monkeypatch, before, after):
    """Adam of a small network runs fused on a GPU only; a saved optimiser says how it ran."""
    spec, ends = replace(SPEC, iterations=8), []
    for first, last in ((before, after), (before, before)):
        monkeypatch.setattr(states, "FUSED_FROM", first)
        saved = start()
        train(saved, PROCESS, source, SPEC)
        monkeypatch.setattr(states, "FUSED_FROM", last)
        run = start()
        run.load_state_dict(copy.deepcopy(saved.state_dict()))
        assert run.optimiser.param_groups[0]["fused"] is (last == 0)
        assert train(run, PROCESS, source, spec)
        ends.append(run.average)
    for name, expected in ends[1].items():
        torch.testing.assert_close(ends[0][name], expected, rtol=0, atol=1e-5)


def test_a_fused_step_with_the_device_s_own_guard_has_the_bits_of_one_without(source, monkeypatch):
    monkeypatch.setattr(states, "FUSED_FROM", 0)
    guarded, plain = start(), start()
    for run in (guarded, plain):
        step, _ = begun(run, source)
        if run is guarded:
            parts.update(run, step)
        else:
            run.optimiser.param_groups[0]["lr"] = step.learning_rate
            run.optimiser.step()
    assert same(weights(guarded), weights(plain))


def test_a_report_comes_with_the_state_after_its_step(source):
    """Whatever is begun of the next step: looks and saved states see this one."""
    late, at_once, seen = start(), start(), []
    late.model.train()
    at_once.model.train()
    with PreparedPairs(PROCESS, source, SPEC) as pairs:
        for report in steps(late, pairs, SPEC):
            assert report.step == late.step
            seen.append(copy.deepcopy(weights(late)))
    with PreparedPairs(PROCESS, source, SPEC) as pairs:
        for number, expected in enumerate(seen):
            step = parts.gradients(at_once, pairs, SPEC, number)
            parts.update(at_once, step)
            parts.settle(at_once, step, SPEC, pairs)
            assert same(weights(at_once), expected)
    assert len(seen) == SPEC.iterations


def test_a_step_waits_for_no_value_on_the_way_to_its_update(source, monkeypatch):
    """What asks a tensor for its value makes a host wait for its device."""
    from torch.utils._python_dispatch import TorchDispatchMode

    class NoWaiting(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, arguments=(), options=None):
            assert function is not torch.ops.aten._local_scalar_dense.default
            return function(*arguments, **(options or {}))

    monkeypatch.setattr(states, "FUSED_FROM", 0)
    run = start()
    with PreparedPairs(PROCESS, source, SPEC) as pairs:
        pair = pairs.of_step(0)
        monkeypatch.setattr(pairs, "of_step", lambda number: pair)
        with NoWaiting():
            parts.update(run, parts.gradients(run, pairs, SPEC, 0))


def test_the_reported_values_are_those_of_the_global_batch(source):
    run = start()
    step, pairs = begun(run, source)
    parts.update(run, step)
    report = settled(run, step, pairs)
    losses = parts.prediction_losses(PROCESS, start().predict, step.pair, SPEC, "cpu")
    torch.testing.assert_close(report.loss_per_row, losses.detach())
    assert report.loss == pytest.approx(float(losses.detach().double().mean()))
    assert torch.equal(report.k, step.pair.k) and not report.stops
