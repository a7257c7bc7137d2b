"""A run is decided by its config and seed: stopped and resumed, it is the same run bit for bit."""

import copy

import pytest
import torch

from beyond_blur import training
from beyond_blur.config import Network, Training
from beyond_blur.history import History
from beyond_blur.noise import BatchNoise, SampleNoise
from beyond_blur.processes import AdvectionDiffusion, TrainingPair
from beyond_blur.unet import UNet

SPEC = Training(iterations=6, batch_size=4, learning_rate=1e-3, warmup=3, checkpoint_every=2)
NET = Network(8, (1, 2), 1, (1,), 0.1)
PROCESS = AdvectionDiffusion(n_steps=5)


@pytest.fixture
def source():
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(10, 1, 8, 8, generator=generator)
    return {"x_k": x * 0.9, "x_previous": x, "k": torch.arange(10) % 5 + 1}


def start(spec=SPEC):
    return training.new_state(lambda: UNet(NET, 1), spec, "cpu")


def weights(state):
    return {**state.average, **state.model.state_dict()}


def same(a, b):
    return all(torch.equal(a[name], b[name]) for name in a)


def test_the_same_seed_is_the_same_run_and_another_is_not(source):
    runs = [start(), start(), start(Training(**{**vars(SPEC), "seed": 1}))]
    for run, seed in zip(runs, (0, 0, 1), strict=True):
        training.train(run, PROCESS, source, Training(**{**vars(SPEC), "seed": seed}))
    assert same(weights(runs[0]), weights(runs[1]))
    assert not same(weights(runs[0]), weights(runs[2]))


@pytest.mark.parametrize("stop_at", [1, 2, 5])
def test_a_resumed_run_equals_an_unbroken_one(source, stop_at):
    whole = start()
    assert training.train(whole, PROCESS, source, SPEC)
    kept = []
    broken = start()
    finished = training.train(
        broken, PROCESS, source, SPEC,
        keep=lambda s: kept.append(copy.deepcopy(s.state_dict())),
        stop=lambda: broken.step == stop_at,
    )  # fmt: skip
    assert not finished
    resumed = start()
    torch.rand(7)  # global random state must not matter
    resumed.load_state_dict(kept[-1])
    assert resumed.step == stop_at
    assert training.train(resumed, PROCESS, source, SPEC)
    assert same(weights(whole), weights(resumed))


def test_the_state_can_be_read_without_pickle(source, tmp_path):
    run = start()
    training.train(run, PROCESS, source, SPEC)
    torch.save(run.state_dict(), tmp_path / "state.pt")
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    assert state["counts"] == [6, 0, 0]


def test_every_epoch_visits_every_row_once_in_a_new_order():
    rows = torch.cat([training.rows_of_step(10, 4, step, seed=0) for step in range(5)])
    first, second = rows[:10].tolist(), rows[10:].tolist()
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second
    assert len(training.rows_of_step(3, 8, 0, 0)) == 8  # a batch larger than the data


def test_learning_rate_warms_up(source):
    seen = []
    training.train(start(), PROCESS, source, SPEC, report=lambda r: seen.append(r.learning_rate))
    assert seen == pytest.approx([1e-3 / 3, 2e-3 / 3, 1e-3, 1e-3, 1e-3, 1e-3])


def test_training_lowers_the_loss(source):
    spec = Training(iterations=60, batch_size=8, learning_rate=3e-3, warmup=1)
    seen = []
    training.train(start(spec), PROCESS, source, spec, report=lambda r: seen.append(r.loss))
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
    training.train(run, Broken({2, 3}), source, SPEC)
    assert (run.step, run.skipped, run.skipped_in_a_row) == (6, 2, 0)
    assert all(torch.isfinite(w).all() for w in weights(run).values())


def test_a_run_that_diverges_stops_with_the_way_out(source):
    spec = Training(**{**vars(SPEC), "max_skipped": 3})
    with pytest.raises(training.TrainingDiverged, match=r"3 steps in a row.*learning_rate"):
        training.train(start(spec), Broken(set(range(99))), source, spec)


def test_a_cuda_device_that_is_not_there_is_said():
    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(RuntimeError, match=r"training\.device = cuda"):
        training.pick_device("cuda")
    assert training.pick_device("auto") == "cpu"


def test_the_history_is_short_and_survives_a_break(source):
    spec = Training(**{**vars(SPEC), "iterations": 450})
    whole, first = History(450, 5), History(450, 5)
    reports = []
    training.train(start(), PROCESS, source, SPEC, report=reports.append)
    for i in range(450):
        step = training.StepReport(**{**vars(reports[i % 6]), "step": i + 1})
        whole.add(step)
        if i < 7:
            first.add(step)
        else:
            if i == 7:
                second = History(450, 5)
                second.restore(first.state())
            second.add(step)
    assert whole.to_text() == second.to_text()
    assert 200 <= len(whole.lines) <= 2 * 200
    assert spec.iterations == whole.lines[-1]["step"]


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
