"""A run is decided by its config and seed: stopped and resumed, it is the same run bit for bit."""

import copy
from dataclasses import replace

import pytest
import torch

from beyond_blur.config import Training
from beyond_blur.network.compiling import Guarded
from beyond_blur.training import batches, loop
from beyond_blur.training.finite_steps import TrainingDiverged
from beyond_blur.training.loss import prediction_losses, squared_error
from small_runs import PROCESS, SPEC, same, start, weights


def test_the_same_seed_is_the_same_run_and_another_is_not(source):
    runs = [start(), start(), start(Training(**{**vars(SPEC), "seeds": (1,)}))]
    for run, seed in zip(runs, (0, 0, 1), strict=True):
        loop.train(run, PROCESS, source, Training(**{**vars(SPEC), "seeds": (seed,)}))
    assert same(weights(runs[0]), weights(runs[1]))
    assert not same(weights(runs[0]), weights(runs[2]))


@pytest.mark.parametrize(("stop_at", "kind"), [(1, "float32"), (2, "bfloat16"), (5, "float32")])
def test_a_resumed_run_equals_an_unbroken_one(source, stop_at, kind):
    spec = replace(SPEC, precision=kind)
    whole = start()
    assert loop.train(whole, PROCESS, source, spec)
    kept = []
    broken = start()
    finished = loop.train(
        broken, PROCESS, source, spec,
        keep=lambda s: kept.append(copy.deepcopy(s.state_dict())),
        stop=lambda: broken.step == stop_at,
    )  # fmt: skip
    assert not finished
    resumed = start()
    torch.rand(7)  # global random state must not matter
    resumed.load_state_dict(kept[-1])
    assert resumed.step == stop_at
    assert loop.train(resumed, PROCESS, source, spec)
    assert same(weights(whole), weights(resumed))


def test_learning_rate_warms_up(source):
    seen = []
    loop.train(start(), PROCESS, source, SPEC, report=lambda r: seen.append(r.learning_rate))
    assert seen == pytest.approx([1e-3 / 3, 2e-3 / 3, 1e-3, 1e-3, 1e-3, 1e-3])


def test_training_lowers_the_loss(source):
    spec = Training(iterations=60, batch_size=8, learning_rate=3e-3, warmup=1)
    seen = []
    loop.train(start(spec), PROCESS, source, spec, report=lambda r: seen.append(r.loss))
    assert sum(seen[-10:]) < 0.5 * sum(seen[:10])


class Broken:
    """A process whose loss is not finite at chosen steps, on sound pairs."""

    n_steps = 5

    def __init__(self, bad_calls):
        self.calls, self.bad_calls = 0, bad_calls

    def training_pair(self, batch, noise):
        return PROCESS.training_pair(batch, noise)

    def loss_per_row(self, prediction, pair):
        self.calls += 1
        bad = float("nan") if self.calls in self.bad_calls else 1.0
        return squared_error(prediction, pair) * bad


def test_a_step_that_is_not_finite_is_left_out_and_counted(source):
    run = start()
    loop.train(run, Broken({2, 3}), source, SPEC)
    assert (run.step, run.skipped, run.skipped_in_a_row) == (6, 2, 0)
    assert all(torch.isfinite(w).all() for w in weights(run).values())


def test_a_run_that_diverges_stops_with_the_way_out(source):
    spec = Training(**{**vars(SPEC), "max_skipped": 3})
    with pytest.raises(TrainingDiverged, match=r"3 steps in a row.*learning_rate"):
        loop.train(start(spec), Broken(set(range(99))), source, spec)


@pytest.mark.parametrize(
    ("bad", "every", "kept"),
    [
        (set(), 2, [2, 4, 6]),
        ({4}, 2, [2, 5, 6]),
        ({4, 5, 6}, 2, [2]),
        ({3}, 100, [6]),
        ({6}, 100, []),
    ],
)
def test_a_state_is_kept_only_after_a_step_that_was_finite(source, bad, every, kept):
    """Else the same command would resume among the steps that are not, and soon fail again."""
    seen, spec = [], replace(SPEC, checkpoint_every=every)
    loop.train(start(), Broken(bad), source, spec, keep=lambda state: seen.append(state.step))
    assert seen == kept


def test_a_run_told_to_stop_among_steps_that_are_not_finite_keeps_nothing(source):
    seen, run = [], start()
    loop.train(run, Broken({3}), source, SPEC, keep=lambda state: seen.append(state.step),
               stop=lambda: run.step == 3)  # fmt: skip
    assert (run.step, seen) == (3, [2])


def test_weights_that_are_not_finite_are_never_kept(source):
    run, seen = start(), []

    def overflow(report):
        if report.step == 4:
            next(iter(run.average.values())).view(-1)[0] = float("inf")

    with pytest.raises(TrainingDiverged, match=r"^step 4: weights are not finite \(layer "):
        loop.train(run, PROCESS, source, SPEC, report=overflow, keep=lambda s: seen.append(s.step))
    assert seen == [2]


def test_a_run_goes_on_with_another_learning_rate_as_if_it_had_been_planned(source):
    planned = replace(SPEC, learning_rate_changes=((4, 1e-4),))
    whole, kept = start(), []
    loop.train(whole, PROCESS, source, planned)
    loop.train(start(), PROCESS, source, replace(SPEC, iterations=4),
               keep=lambda s: kept.append(copy.deepcopy(s.state_dict())))  # fmt: skip
    resumed = start()
    resumed.load_state_dict(kept[-1])
    loop.train(resumed, PROCESS, source, planned)
    assert same(weights(whole), weights(resumed))
    unchanged = start()
    loop.train(unchanged, PROCESS, source, SPEC)
    assert not same(weights(whole), weights(unchanged))


def test_gradient_checkpointing_changes_no_bit(source):
    plain, again = start(), start(checkpointing=True)
    for run in (plain, again):
        loop.train(run, PROCESS, source, SPEC)
    assert same(weights(plain), weights(again))


def test_precision_is_that_of_the_spec(source):
    pair = batches.pair_of_step(PROCESS, source, SPEC, 0)
    seen = {}
    for kind in ("float32", "bfloat16"):
        run = start()
        torch.nn.init.normal_(run.model.head.weight)
        run.model.head.register_forward_hook(
            lambda m, i, out, kind=kind: seen.update({kind: out.dtype})
        )
        spec = replace(SPEC, precision=kind)
        losses = prediction_losses(PROCESS, run.predict, pair, spec, "cpu")
        assert losses.dtype == torch.float32
    assert seen == {"float32": torch.float32, "bfloat16": torch.bfloat16}


@pytest.mark.slow
def test_a_compiled_run_learns_the_same(source):
    plain, compiled = start(), start(replace(SPEC, compile=True))
    for run in (plain, compiled):
        loop.train(run, PROCESS, source, SPEC)
    for name, expected in plain.average.items():
        torch.testing.assert_close(compiled.average[name], expected, rtol=0, atol=1e-3)


class NoGradient(torch.autograd.Function):
    """Compiled where its gradient is first asked for, and then in vain."""

    @staticmethod
    def forward(context, x):
        return x.clone()

    @staticmethod
    def backward(context, gradient):
        raise torch._dynamo.exc.TorchDynamoException("no compiler\nat all")


def test_a_failure_to_compile_gradients_names_the_option(source):
    run = start()
    plain = run.predict
    run.predict = lambda x, k: NoGradient.apply(plain(x, k))
    with pytest.raises(RuntimeError) as failed:
        loop.train(run, PROCESS, source, SPEC)
    assert str(failed.value).startswith(
        "training.compile is on, but torch.compile fails here (no compiler): "
    )
    assert "\n" not in str(failed.value)


def test_where_auto_cannot_compile_gradients_the_run_goes_on_uncompiled(source, capsys):
    plain, falling_back = start(), start()
    predict = falling_back.predict
    falling_back.predict = Guarded(
        lambda x, k: NoGradient.apply(predict(x, k)), "training.compile", predict
    )
    for run in (plain, falling_back):
        loop.train(run, PROCESS, source, SPEC)
    assert same(weights(plain), weights(falling_back)) and falling_back.predict.gave_up
    said = capsys.readouterr().out
    assert said.count("going on uncompiled") == 1 and "(no compiler)" in said


def test_other_errors_of_a_gradient_stay_what_they_are(source):
    run = start()
    run.predict = lambda x, k: x  # nothing to differentiate
    with pytest.raises(RuntimeError, match="does not require grad"):
        loop.train(run, PROCESS, source, SPEC)
