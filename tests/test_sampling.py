"""The sampler: with a perfect predictor it returns the image; a sample is its seed's alone."""

import itertools

import numpy as np
import pytest
import torch

from beyond_blur import config
from beyond_blur.config import Corruption, Levels, Network, load_experiment
from beyond_blur.config.checks import last_trained
from beyond_blur.corruption.backend import choose
from beyond_blur.corruption.pairs import draw_pairs
from beyond_blur.lbm.levels import blur_widths
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.network.predictor import Predictor
from beyond_blur.network.unet import UNet
from beyond_blur.processes import AdvectionDiffusion, build
from beyond_blur.processes.cold_diffusion import ColdDiffusion, HeatKernel
from beyond_blur.processes.heat_dissipation import HeatDissipation
from beyond_blur.processes.noise import BatchNoise, SampleNoise
from beyond_blur.sampling import reverse
from beyond_blur.sampling.interpolation import SlerpNoise, between, slerp
from beyond_blur.sampling.priors import batches, prior_rows


@pytest.fixture
def states():
    """A made-up forward chain of three images: x_0, ..., x_4."""
    generator = torch.Generator().manual_seed(0)
    return torch.rand(5, 3, 1, 8, 8, generator=generator)


def test_a_perfect_predictor_brings_the_image_back(states):
    process = AdvectionDiffusion(n_steps=4, sigma=0.01, delta=0.0125)

    def perfect(x, k):
        return states[int(k[0]) - 1] - x

    batch, noise = {"terminal": states[4]}, SampleNoise(0, [0, 1, 2])
    image = reverse.sample(process, perfect, batch, noise)
    torch.testing.assert_close(image, states[0])


def test_without_noise_the_chain_is_deterministic(states):
    process = AdvectionDiffusion(n_steps=4, sigma=0.0, delta=0.0)

    def half(x, k):
        return -x / 2

    image = reverse.sample(process, half, {"terminal": states[4]}, SampleNoise(0, [0, 1, 2]))
    torch.testing.assert_close(image, states[4] / 16)


def test_noise_has_the_size_delta_and_the_last_mean_is_returned():
    process = AdvectionDiffusion(n_steps=2, sigma=0.0, delta=0.1)
    x = torch.zeros(2, 1, 64, 64)
    noise = SampleNoise(0, [0, 1])
    states = dict(reverse.reverse_states(process, lambda x, k: 0 * x, x, noise))
    assert float(states[1].std()) == pytest.approx(0.1, rel=0.05)
    assert torch.equal(states[0], states[1])


def test_a_sample_does_not_depend_on_the_batch_it_was_drawn_in():
    process = AdvectionDiffusion(n_steps=3)
    torch.manual_seed(0)
    model = UNet(Network(8, (1, 2), 1, (), 0.0), 1).eval()
    source = {"terminal": torch.rand(7, 1, 8, 8)}
    rows = prior_rows(5, 7, seed=0)
    drawn = [
        torch.cat([
            reverse.sample(process, model, batch, noise)
            for batch, noise in batches(source, rows, 0, size)
        ])
        for size in (5, 2)
    ]  # fmt: skip
    torch.testing.assert_close(*drawn)


def test_every_prior_image_serves_once_before_any_serves_again():
    rows = prior_rows(25, 10, seed=0).tolist()
    assert sorted(rows[:10]) == sorted(rows[10:20]) == list(range(10))
    assert rows[:10] != rows[10:20]
    assert rows == prior_rows(25, 10, seed=0).tolist()
    assert rows != prior_rows(25, 10, seed=1).tolist()


# --- fewer calls than levels ----------------------------------------------------------------------


@pytest.mark.parametrize("n_levels", [1, 2, 7, 30, 200])
def test_strided_levels_are_spread_evenly_and_never_repeat(n_levels):
    for steps in range(1, n_levels + 1):
        levels = reverse.strided_levels(n_levels, steps)
        gaps = [k - j for k, j in itertools.pairwise(levels)]
        assert (levels[0], levels[-1], len(gaps)) == (n_levels, 0, steps)
        assert {n_levels // steps, -(-n_levels // steps)} >= set(gaps)
    assert reverse.strided_levels(n_levels) == list(range(n_levels, -1, -1))


@pytest.mark.parametrize("steps", [0, 5])
def test_more_calls_than_levels_are_refused(states, steps):
    batch, noise = {"terminal": states[4]}, SampleNoise(0, [0, 1, 2])
    with pytest.raises(ValueError, match=rf"sampling\.steps = {steps}: this process has 4 levels"):
        reverse.sample(AdvectionDiffusion(4), lambda x, k: 0 * x, batch, noise, steps)


def test_an_own_process_without_jumps_is_told_which_option_asks_for_them(states):
    class Own:
        n_steps = 4
        prior, reverse_step, to_image = (
            getattr(AdvectionDiffusion(4), name) for name in ("prior", "reverse_step", "to_image")
        )

    batch = {"terminal": states[4]}
    for steps in (None, 4):  # every level: nothing to jump over
        reverse.sample(Own(), lambda x, k: 0 * x, batch, SampleNoise(0, [0, 1, 2]), steps)
    with pytest.raises(ValueError, match=r"sampling\.steps leaves levels out, but Own has no mem"):
        reverse.sample(Own(), lambda x, k: 0 * x, batch, SampleNoise(0, [0, 1, 2]), 2)


def test_the_network_is_called_once_per_step_at_the_strided_levels(states):
    asked = []

    def model(x, k):
        asked.append(int(k[0]))
        return 0 * x

    process = AdvectionDiffusion(4, blur_widths=(0.0, 1.0, 2.0, 3.0, 4.0))
    reverse.sample(process, model, {"terminal": states[4]}, SampleNoise(0, [0, 1, 2]), 2)
    assert asked == [4, 2]


# --- where the papers' code and text differ -------------------------------------------------------

LEVELS = Levels(n_levels=4, sigma_min=0.5, sigma_max=4.0)
SPECS = [config.AdvectionDiffusionOptions(), config.HeatDissipationOptions(), config.DDPMOptions(n_steps=25),
         config.BlurringDiffusionOptions(n_steps=4), config.ColdDiffusionOptions()]  # fmt: skip


def kind(spec):
    return spec.kind


def batch_of(images):
    return {"images": images, "terminal": images}


@pytest.mark.parametrize("spec", SPECS, ids=kind)
def test_the_last_step_returns_the_mean_unless_it_is_to_add_noise(spec):
    x = torch.rand(2, 1, 8, 8)
    for last_noise in (False, True):
        process = build(spec, LEVELS, 0.1, last_noise=last_noise)
        ends = [process.reverse_step(0.1 * x, x, 1, BatchNoise(seed)) for seed in (1, 2)]
        # Cold Diffusion adds noise in no step, so not in the last one either.
        assert torch.equal(*ends) == (not last_noise or spec.kind == "cold_diffusion")


@pytest.mark.parametrize("last_noise", [False, True])
def test_noise_on_the_last_step_has_the_size_delta(last_noise):
    x = torch.zeros(2, 1, 64, 64)
    for spec in SPECS[:2]:
        process = build(spec, LEVELS, 0.1, last_noise=last_noise)
        step = process.reverse_step(x, x, 1, BatchNoise(0))
        assert float(step.std()) == pytest.approx(0.1 * last_noise, rel=0.05)


@pytest.mark.parametrize("spec", SPECS[:2], ids=kind)
def test_the_prior_carries_the_noise_of_training_unless_told_not_to(spec):
    images = torch.full((2, 1, 64, 64), 0.5)
    noisy, clean = (
        build(spec, LEVELS, 0.1, prior_noise=given).prior(batch_of(images), BatchNoise(0))
        for given in (True, False)
    )
    torch.testing.assert_close(clean, images)
    torch.testing.assert_close(noisy, images + spec.noise * BatchNoise(0).normal(images))


@pytest.mark.parametrize("spec", SPECS[2:], ids=kind)
def test_prior_noise_is_only_about_the_noise_of_training(spec):
    """DDPM's and Blurring Diffusion's prior is noise; Cold Diffusion trains with none."""
    images = torch.rand(2, 1, 8, 8)
    priors = [
        build(spec, LEVELS, 0.1, prior_noise=given).prior(batch_of(images), BatchNoise(0))
        for given in (True, False)
    ]
    assert torch.equal(*priors)


@pytest.mark.parametrize(
    "make", [HeatDissipation, lambda w, **o: ColdDiffusion(HeatKernel(w), **o)]
)
def test_level_K_is_trained_unless_it_is_left_out(make):
    widths, images = (0.0, 1.0, 2.0, 3.0), torch.rand(300, 1, 8, 8)
    for trained, levels in ((True, {1, 2, 3}), (False, {1, 2})):
        process = make(widths, train_last_level=trained)
        pair = process.training_pair({"images": images}, BatchNoise(0))
        assert set(pair.k.tolist()) == levels


def test_cached_pairs_leave_level_K_out_where_told_to():
    trajectory, images = Trajectory(tuple(blur_widths(LEVELS))), np.zeros((40, 1, 8, 8))
    options = Corruption(backend="reference")
    backend = choose(options, trajectory, (1, 8, 8))
    for trained, levels in ((True, {1, 2, 3, 4}), (False, {1, 2, 3})):
        pairs = draw_pairs(
            images, np.arange(40), trajectory, options, backend,
            last_level=last_trained(4, trained),
        )  # fmt: skip
        assert set(pairs["k"].tolist()) == levels
    usual = draw_pairs(images, np.arange(40), trajectory, options, backend)
    assert set(usual["k"].tolist()) == {1, 2, 3, 4}


OWN = {"kind": "own", "file": __file__, "class_name": "Own"}


@pytest.mark.parametrize(("changes", "message"), [
    ({"sampling": {"steps": 5}}, r"sampling\.steps = 5 is more than the 4 levels of process adv"),
    ({"levels": {"n_levels": 1, "train_last_level": False}}, r"leaves none of 1 levels to train"),
    ({"processes": [OWN], "sampling": {"last_noise": True}}, r"sampling\.last_noise = true does n"),
    ({"processes": [OWN], "sampling": {"prior_noise": False}}, r"prior_noise = false does not rea"),
])  # fmt: skip
def test_options_that_could_have_no_effect_are_refused(changes, message):
    with pytest.raises(config.ConfigError, match=message):
        load_experiment({"preset": "tiny", **changes})


# --- shared noise, shared states, interpolation, trajectories -------------------------------------


def lively(x, k):
    """A predictor of every pixel by itself, so that rows of any batch are alike to the bit."""
    return 0.3 * torch.sin(3 * x + k[:, None, None, None])


def draw(source, rows, numbers, process=None):
    process = process or AdvectionDiffusion(4, sigma=0.1, delta=0.2)
    ((batch, noise),) = batches(source, torch.tensor(rows), 7, 100, numbers)
    return reverse.sample(process, lively, batch, noise)


@pytest.fixture
def source():
    return {"terminal": torch.rand(6, 1, 8, 8, generator=torch.Generator().manual_seed(1))}


def test_shared_noise_leaves_only_the_initial_states_to_differ(source):
    drawn = draw(source, [2, 2, 3], [5, 5, 5])
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert torch.equal(drawn[2:], draw(source, [3], [5]))  # the sample of that number and row


@pytest.mark.parametrize("process", [
    AdvectionDiffusion(4, sigma=0.1, delta=0.2), build(config.DDPMOptions(n_steps=25), LEVELS, 0.0),
], ids=lambda p: type(p).__name__)  # fmt: skip
def test_a_shared_state_leaves_only_the_noise_of_the_steps_to_differ(source, process):
    def states(shared_state):
        batch = dict.fromkeys(("terminal", "images"), source["terminal"][:3])
        noise, levels = SampleNoise(0, [0, 1, 2]), [process.n_steps, 0]
        return reverse.trajectory(
            process, lively, batch, noise, levels, shared_state=shared_state
        ).unbind(1)

    start, end = states(True)
    assert torch.equal(start, start[:1].expand(3, -1, -1, -1))
    assert len(end.unique(dim=0)) == 3
    apart, each = states(False)
    assert len(apart.unique(dim=0)) == 3
    assert torch.equal(start[0], apart[0]) and torch.equal(end[0], each[0])


@pytest.mark.parametrize("process", [
    AdvectionDiffusion(4, sigma=0.1, delta=0.2), build(config.DDPMOptions(n_steps=25), LEVELS, 0.0),
    build(config.BlurringDiffusionOptions(n_steps=4), LEVELS, 0.0),
], ids=lambda p: type(p).__name__)  # fmt: skip
def test_the_ends_of_an_interpolation_are_the_end_samples(source, process):
    source = {**source, "images": source["terminal"]}
    batch, noise = between(source, (1, 4), 7, (0, 3), 5)
    path = reverse.sample(process, lively, batch, noise)
    ends = draw(source, [1, 4], [0, 3], process)
    assert torch.equal(path[0], ends[0]) and torch.equal(path[-1], ends[1])
    assert len({float(x.sum()) for x in path}) == 5


def test_between_ends_with_the_same_noise_only_the_state_moves(source):
    batch, noise = between(source, (1, 4), 7, (3, 3), 3)
    middle = (source["terminal"][1] + source["terminal"][4]) / 2
    torch.testing.assert_close(batch["terminal"][1], middle)
    drawn = noise.normal(torch.zeros(3, 1, 8, 8))
    expected = SampleNoise(7, [3]).normal(torch.zeros(1, 1, 8, 8))
    torch.testing.assert_close(drawn, expected.expand(3, -1, -1, -1))


def test_spherical_interpolation_keeps_unit_variance_and_linear_does_not():
    noise = SlerpNoise(0, 1, 2, torch.linspace(0, 1, 5))
    drawn = torch.stack([noise.normal(torch.zeros(5, 3, 64, 64)) for _ in range(4)], 1).flatten(1)
    assert drawn.mean(1).abs().max() < 0.02
    assert (drawn.var(1) - 1).abs().max() < 0.02
    assert float(((drawn[0] + drawn[-1]) / 2).var()) == pytest.approx(0.5, rel=0.05)


def test_slerp_turns_evenly_and_takes_parallel_ends():
    a, b = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 2.0])
    path = slerp(a, b, torch.linspace(0, 1, 4))
    angles = torch.atan2(path[:, 1], path[:, 0])
    torch.testing.assert_close(angles, torch.linspace(0, torch.pi / 2, 4))
    torch.testing.assert_close(path.norm(dim=1), torch.full((4,), 2.0))
    torch.testing.assert_close(slerp(a, 2 * a, torch.tensor([0.5])), 1.5 * a[None])


def test_what_cannot_be_interpolated_is_refused(source):
    with pytest.raises(ValueError, match="interpolation over 1 samples: at least 2"):
        between(source, (0, 1), 0, (0, 1), 1)
    noise = SlerpNoise(0, 0, 1, torch.linspace(0, 1, 3))
    with pytest.raises(ValueError, match="whole numbers cannot be interpolated"):
        noise.integers(0, 9, 3)
    with pytest.raises(ValueError, match="2 rows for noise at 3 weights"):
        noise.normal(torch.zeros(2, 1, 4, 4))


def test_a_trajectory_holds_the_states_on_the_way(source):
    process = AdvectionDiffusion(4, blur_widths=(0.0, 1.0, 2.0, 3.0, 4.0))
    batch = {"terminal": source["terminal"][:3]}

    def noise():
        return SampleNoise(0, [0, 1, 2])

    shown = reverse.trajectory(process, lively, batch, noise(), [4, 2, 0], steps=2)
    assert shown.shape == (3, 3, 1, 8, 8)
    assert torch.equal(shown[:, 0], process.prior(batch, noise()))
    assert torch.equal(shown[:, 2], reverse.sample(process, lively, batch, noise(), 2))
    with pytest.raises(ValueError, match=r"with steps = 2 never visits levels \[1, 3\]"):
        reverse.trajectory(process, lively, batch, noise(), [3, 1], steps=2)


def trained():
    torch.manual_seed(0)
    network = UNet(Network(16, (1, 2), 1, (1,), 0.0), 1).eval()
    torch.nn.init.normal_(network.head.weight, std=0.1)
    return network, torch.rand(4, 1, 8, 8), torch.tensor([1, 2, 3, 4])


@torch.inference_mode()
def test_the_usual_predictor_is_the_network_itself():
    network, x, k = trained()
    assert torch.equal(Predictor(network)(x, k), network(x, k))


@torch.inference_mode()
def test_bfloat16_answers_in_float32_and_near_the_truth():
    network, x, k = trained()
    exact, rounded = network(x, k), Predictor(network, "bfloat16")(x, k)
    assert rounded.dtype == torch.float32
    error = (rounded - exact).norm() / exact.norm()
    assert 1e-5 < error < 0.03


@pytest.mark.slow
@torch.inference_mode()
def test_a_compiled_predictor_agrees_and_keeps_its_answers_apart():
    network, x, k = trained()
    compiled = Predictor(network, compiled=True)
    first, second = compiled(x, k), compiled(1 - x, k)
    torch.testing.assert_close(first, network(x, k), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(second, network(1 - x, k), rtol=1e-4, atol=1e-5)
    fewer = compiled(x[:3], k[:3])  # the last batch of a seed
    torch.testing.assert_close(fewer, network(x[:3], k[:3]), rtol=1e-4, atol=1e-5)


@torch.inference_mode()
def test_a_failure_to_compile_names_the_samplers_option(monkeypatch):
    from torch._dynamo.exc import TorchDynamoException

    def broken(network, mode, dynamic):
        def call(x, k):
            raise TorchDynamoException("no compiler")

        return call

    monkeypatch.setattr(torch, "compile", broken)
    network, x, k = trained()
    with pytest.raises(RuntimeError, match=r"sampling\.compile is true.*no compiler"):
        Predictor(network, compiled=True)(x, k)
