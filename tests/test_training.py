"""A run is decided by its config and seed: stopped and resumed, it is the same run bit for bit."""

import copy
import json
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from beyond_blur import config
from beyond_blur.config import Corruption, Levels, Network, Training, Velocity, load_experiment
from beyond_blur.config.rule_specs import lasting, training_job
from beyond_blur.network import compiling, precision
from beyond_blur.network.device import pick_device
from beyond_blur.network.unet import UNet
from beyond_blur.processes import AdvectionDiffusion, TrainingPair
from beyond_blur.processes.noise import BatchNoise, SampleNoise
from beyond_blur.progress import Progress
from beyond_blur.storage import code as sources
from beyond_blur.training import batches, loop
from beyond_blur.training.history import MAX_LINES, History
from beyond_blur.training.monitor import Events
from beyond_blur.training.resuming import identify
from beyond_blur.training.state import new_state
from beyond_blur.training.streamed_pairs import StreamedPairs

SPEC = Training(iterations=6, batch_size=4, learning_rate=1e-3, warmup=3, checkpoint_every=2,
                precision="float32")  # fmt: skip
NET = Network(8, (1, 2), 1, (1,), 0.1)
PROCESS = AdvectionDiffusion(n_steps=5)


@pytest.fixture
def source():
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(10, 1, 8, 8, generator=generator)
    return {"x_k": x * 0.9, "x_previous": x, "k": torch.arange(10) % 5 + 1}


def start(spec=SPEC):
    return new_state(lambda: UNet(NET, 1), spec, "cpu")


def weights(state):
    return {**state.average, **state.model.state_dict()}


def same(a, b):
    return all(torch.equal(a[name], b[name]) for name in a)


def test_the_same_seed_is_the_same_run_and_another_is_not(source):
    runs = [start(), start(), start(Training(**{**vars(SPEC), "seed": 1}))]
    for run, seed in zip(runs, (0, 0, 1), strict=True):
        loop.train(run, PROCESS, source, Training(**{**vars(SPEC), "seed": seed}))
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


def test_the_state_can_be_read_without_pickle(source, tmp_path):
    run = start()
    loop.train(run, PROCESS, source, SPEC)
    torch.save(run.state_dict(), tmp_path / "state.pt")
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    assert state["counts"] == [6, 0, 0]


def test_every_epoch_visits_every_row_once_in_a_new_order():
    rows = torch.cat([batches.rows_of_step(10, 4, step, seed=0) for step in range(5)])
    first, second = rows[:10].tolist(), rows[10:].tolist()
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second
    assert len(batches.rows_of_step(3, 8, 0, 0)) == 8  # a batch larger than the data


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
    """A process whose pairs are not finite at chosen steps."""

    n_steps = 5

    def __init__(self, bad_calls):
        self.calls, self.bad_calls = 0, bad_calls

    def training_pair(self, batch, noise):
        self.calls += 1
        pair = PROCESS.training_pair(batch, noise)
        bad = float("nan") if self.calls in self.bad_calls else 1.0
        return TrainingPair(pair.x_k, pair.k, pair.target * bad)


def test_a_step_that_is_not_finite_is_left_out_and_counted(source):
    run = start()
    loop.train(run, Broken({2, 3}), source, SPEC)
    assert (run.step, run.skipped, run.skipped_in_a_row) == (6, 2, 0)
    assert all(torch.isfinite(w).all() for w in weights(run).values())


def test_a_run_that_diverges_stops_with_the_way_out(source):
    spec = Training(**{**vars(SPEC), "max_skipped": 3})
    with pytest.raises(loop.TrainingDiverged, match=r"3 steps in a row.*learning_rate"):
        loop.train(start(spec), Broken(set(range(99))), source, spec)


def test_a_cuda_device_that_is_not_there_is_said():
    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(RuntimeError, match=r"training\.device = cuda"):
        pick_device("cuda")
    assert pick_device("auto") == "cpu"


def reports_of(source, n):
    """Reports of a short run, repeated as if there were n steps."""
    made = []
    loop.train(start(), PROCESS, source, SPEC, report=made.append)
    return [replace(made[i % 6], step=i + 1) for i in range(n)]


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


def images_for_stream():
    images = np.random.default_rng(0).integers(0, 256, (10, 1, 8, 8), dtype=np.uint8)
    levels = Levels(n_levels=5, sigma_min=0.5, sigma_max=3.0)
    flow = config.AdvectionDiffusionOptions(peclet=0.1, velocity=Velocity(speed_limit=0.05))
    return StreamedPairs(images, np.arange(10), flow, levels, Corruption(), batch_size=4, seed=0)


def test_a_resumed_run_on_streamed_pairs_equals_an_unbroken_one():
    whole, broken, resumed = start(), start(), start()
    with images_for_stream() as pairs:
        loop.train(whole, PROCESS, pairs, SPEC)
    with images_for_stream() as pairs:
        loop.train(broken, PROCESS, pairs, SPEC, stop=lambda: broken.step == 3)
    resumed.load_state_dict(copy.deepcopy(broken.state_dict()))
    with images_for_stream() as pairs:
        loop.train(resumed, PROCESS, pairs, SPEC)
    assert same(weights(whole), weights(resumed))


def test_gradient_checkpointing_changes_no_bit(source):
    plain, again = (
        new_state(lambda c=c: UNet(NET, 1, checkpointing=c), SPEC, "cpu") for c in (False, True)
    )
    for run in (plain, again):
        loop.train(run, PROCESS, source, SPEC)
    assert same(weights(plain), weights(again))


def test_auto_is_bfloat16_where_the_hardware_multiplies_in_it(monkeypatch):
    for capable, resolved in ((True, "bfloat16"), (False, "float32")):
        monkeypatch.setattr(precision, "multiplies_bfloat16", lambda device, yes=capable: yes)
        assert precision.resolve("auto", "cpu") == resolved
        assert precision.resolve("float32", "cpu") == "float32"
        assert precision.resolve("bfloat16", "cpu") == "bfloat16"
        said = precision.warning("bfloat16", "cpu")
        assert said is None if capable else "training.precision = bfloat16" in said
        assert precision.warning("auto", "cpu") is None


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
        losses = loop.prediction_losses(PROCESS, run.predict, pair, spec, "cpu")
        assert losses.dtype == torch.float32
    assert seen == {"float32": torch.float32, "bfloat16": torch.bfloat16}


def job(**changes):
    changes = {"precision": "float32", **changes}
    made = load_experiment({"preset": "tiny", "training": changes})
    return training_job(made, "advection_diffusion-pe0.1")


@pytest.mark.parametrize("change", [
    {"iterations": 7}, {"checkpoint_every": 1}, {"watch_every": 0}, {"devices": 2},
    {"tensorboard": True}, {"gradient_checkpointing": True},
])  # fmt: skip
def test_a_state_outlives_changes_that_no_step_depends_on(change):
    assert identify(job(**change), "") == identify(job(), "")
    assert (lasting(job(**change)) == lasting(job())) == ("iterations" not in change)


@pytest.mark.parametrize("change", [
    {"precision": "bfloat16"}, {"batch_size": 4}, {"seed": 1}, {"pairs": "streamed"},
    {"compile": True}, {"learning_rate": 0.1},
])  # fmt: skip
def test_a_state_does_not_outlive_other_changes(change):
    assert identify(job(**change), "") != identify(job(), "")
    assert identify(job(), "other data") != identify(job(), "")


def test_a_state_does_not_outlive_an_edit_of_a_process_of_the_users_own(tmp_path):
    file = tmp_path / "own.py"
    own = {"kind": "own", "file": str(file), "class_name": "Pixelation"}
    seen = []
    for code in ("first = 1", "second = 2"):
        file.write_text(code)
        made = load_experiment({"preset": "tiny", "processes": [own]})
        seen.append(identify(training_job(made, "own"), ""))
    assert seen[0] != seen[1]


def test_kernels_are_code():
    assert "kernels.cu" in {path.name for path in sources.code_files(*sources.STREAMING)}


def test_tensorboard_that_is_not_installed_is_said(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(RuntimeError, match=r"training\.tensorboard is true.*pip install"):
        Events(True, tmp_path, 0)
    Events(False, tmp_path, 0).add(None, None)


def test_tensorboard_events_are_written(source, tmp_path):
    pytest.importorskip("tensorboard")
    events = Events(True, tmp_path, 0)
    for step in reports_of(source, 20):
        events.add(step, 0.5 if step.step == 20 else None)
    events.close()
    assert b"held_out_loss" in next(tmp_path.glob("events.*")).read_bytes()


def test_progress_says_images_per_second(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    progress = Progress(12, 2, "train a", every=4.0, images=8)
    for _ in range(10):
        now[0] += 2.0
        progress.advance("loss 1")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert lines[0] == "train a: step 4 of 12, loss 1, 4.0 images/s, 0:16 left"


@pytest.mark.slow
def test_a_compiled_run_learns_the_same(source):
    plain, compiled = start(), start(replace(SPEC, compile=True))
    for run in (plain, compiled):
        loop.train(run, PROCESS, source, SPEC)
    for name, expected in plain.average.items():
        torch.testing.assert_close(compiled.average[name], expected, rtol=0, atol=1e-3)


class Doubled(torch.nn.Module):
    def forward(self, x, k):
        return 2 * x


@pytest.mark.slow
def test_a_failure_to_compile_names_the_option():
    from torch._inductor import config as inductor

    predict = compiling.compiled_or_said(torch.compile(Doubled()))
    without = {"cpp.cxx": ("/nonexistent/g++",), "force_disable_caches": True}
    with (
        inductor.patch(without),
        pytest.raises(RuntimeError, match=r"training\.compile is true.*g\+\+"),
    ):
        predict(torch.rand(2, 1, 8, 8), torch.ones(2, dtype=torch.int64))


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
        loop.train_step(run, PROCESS, source, SPEC)
    assert str(failed.value).startswith(
        "training.compile is true, but torch.compile fails here (no compiler): "
    )
    assert "\n" not in str(failed.value)


def test_other_errors_of_a_gradient_stay_what_they_are(source):
    run = start()
    run.predict = lambda x, k: x  # nothing to differentiate
    with pytest.raises(RuntimeError, match="does not require grad"):
        loop.train_step(run, PROCESS, source, SPEC)


@pytest.mark.slow
def test_a_compiler_that_fails_at_the_gradients_is_said():
    from torch._inductor import config as inductor

    predict = compiling.compiled_or_said(torch.compile(Doubled()))
    with inductor.patch({"force_disable_caches": True}):
        x = torch.rand(2, 1, 8, 8, requires_grad=True)
        loss = predict(x, torch.ones(2, dtype=torch.int64)).sum()
    without = {"cpp.cxx": ("/nonexistent/g++",), "force_disable_caches": True}
    with (
        inductor.patch(without),
        pytest.raises(RuntimeError, match=r"training\.compile is true.*g\+\+"),
        compiling.compiling("training.compile"),
    ):
        loss.backward()


def test_noise_is_standard_normal_and_seeded():
    noise = BatchNoise(1, 2)
    x = noise.normal(torch.empty(100_000))
    assert abs(float(x.mean())) < 0.02
    assert float(x.std()) == pytest.approx(1, abs=0.02)
    assert torch.equal(BatchNoise(1, 2).normal(x), x)
    assert not torch.equal(BatchNoise(2, 1).normal(x), x)
    assert set(noise.integers(1, 3, 1000).tolist()) == {1, 2, 3}


def test_sample_noise_belongs_to_the_sample_not_to_the_batch():
    like = torch.empty(3, 1, 4, 4)
    batch = SampleNoise(0, [5, 6, 7]).normal(like)
    alone = SampleNoise(0, [6]).normal(like[:1])
    assert torch.equal(batch[1], alone[0])
    assert torch.equal(*SampleNoise(0, [5, 5]).normal(like[:2]))  # shared noise
    with pytest.raises(ValueError, match="1 rows for noise of 2 samples"):
        SampleNoise(0, [1, 2]).normal(like[:1])
    with pytest.raises(ValueError, match="1 rows for noise of 2 samples"):
        SampleNoise(0, [1, 2]).integers(1, 2, 1)
    assert SampleNoise(0, [1, 2]).integers(1, 9, 2).shape == (2,)
