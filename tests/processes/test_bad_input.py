"""Every message of the processes: what was wrong, the value, and the way out."""

import numpy as np
import pytest
import torch

from beyond_blur.config.noise_schedule import even_times
from beyond_blur.processes.advection_diffusion import AdvectionDiffusion
from beyond_blur.processes.blurring_diffusion import BlurringDiffusion
from beyond_blur.processes.cold_diffusion import ColdDiffusion, HeatKernel
from beyond_blur.processes.ddpm import DDPM
from beyond_blur.processes.ddpm_samplers import DDIM, Ancestral
from beyond_blur.processes.ddpm_schedules import cosine_schedule, linear_schedule
from beyond_blur.processes.heat_dissipation import HeatDissipation
from beyond_blur.processes.noise import BatchNoise

WIDTHS = (0.0, 1.0, 2.0, 4.0)
PROCESSES = [
    HeatDissipation(WIDTHS), ColdDiffusion(HeatKernel(WIDTHS)), DDPM(cosine_schedule(3)),
    BlurringDiffusion(even_times(3)),
]  # fmt: skip


def name(process):
    return type(process).__name__


@pytest.mark.parametrize("process", PROCESSES, ids=name)
@pytest.mark.parametrize(("change", "message"), [
    (lambda x: 2 * x - 1, r"grey values in \[-.*expected \[0, 1\].*leave out any before it"),
    (lambda x: 255 * x, r"grey values in \[51, 204\]: expected \[0, 1\]"),
    (lambda x: (255 * x).to(torch.uint8), r"torch.uint8 of shape .*divide 8-bit values by 255"),
    (lambda x: x[0], r"shape \(2, 16, 12\): expected .*\(n, c, h, w\)"),
    (lambda x: x[:0], r"are empty: give at least one"),
    (lambda x: x / 0 * 0, r"grey values in \[nan, nan\]"),
])  # fmt: skip
def test_wrong_images_are_refused_everywhere(process, images, noise, change, message):
    batch = {"images": change(images)}
    for use in (process.training_pair, process.prior):
        with pytest.raises(ValueError, match=message):
            use(batch, noise)
    with pytest.raises(ValueError, match=message):
        process.forward(batch["images"], torch.ones(len(batch["images"]), dtype=torch.int64), noise)


@pytest.mark.parametrize("process", PROCESSES, ids=name)
def test_a_batch_without_images_says_what_it_holds(process, images, noise):
    batch = {"x_k": images, "x_previous": images}
    for use in (process.training_pair, process.prior):
        with pytest.raises(
            ValueError, match=r"holds x_k, x_previous but no images: .*on the dataset"
        ):
            use(batch, noise)


@pytest.mark.parametrize("process", PROCESSES, ids=name)
def test_levels_outside_the_process_are_refused(process, images, noise):
    assert process.n_steps == 3
    for k in (0, 4, -1):
        with pytest.raises(ValueError, match=rf"from level {k}: expected a level in 1\.\.3"):
            process.reverse_step(images, images, k, noise)
    for k in (-1, 4):
        with pytest.raises(ValueError, match=rf"level {k} is outside 0\.\.3.*make n_steps larger"):
            process.forward(images, torch.full((6,), k), noise)
    for levels in (torch.ones(5, dtype=torch.int64), torch.ones(6)):
        with pytest.raises(ValueError, match=r"expected whole numbers of shape \(6,\)"):
            process.forward(images, levels, noise)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: HeatDissipation((0.0, 2.0, 1.0)), r"blur_widths\[2\] = 1 does not exceed 2 of level"),
    (lambda: HeatDissipation((0.0, 1.0, 1.0)), r"must increase strictly with the level"),
    (lambda: HeatDissipation((0.5, 1.0)), r"blur_widths\[0\] = 0\.5: .*put 0 before the widths"),
    (lambda: HeatDissipation((0.0,)), r"blur_widths has 1 values: expected one for each level"),
    (lambda: HeatDissipation((0.0, float("nan"))), r"blur_widths\[1\] = nan is outside \[0, inf\]"),
    (lambda: HeatDissipation((0.0, float("inf"))), r"blur_widths\[1\] = inf is outside \[0, inf\]"),
    (lambda: HeatDissipation(WIDTHS, sigma=-0.1), r"sigma = -0\.1 must be finite and at least 0"),
    (lambda: HeatDissipation(WIDTHS, delta=float("nan")), r"delta = nan must be finite"),
    (lambda: HeatKernel((0.0, 3.0, 2.0)), r"blur_widths\[2\] = 2 does not exceed 3"),
    (lambda: ColdDiffusion(HeatKernel(WIDTHS), 3), r"algorithm = 3 is unknown; valid: 1, 2"),
    (lambda: ColdDiffusion(HeatKernel(WIDTHS), loss="l2"), r"loss = 'l2' is unknown; valid: l1, s"),
    (lambda: ColdDiffusion(HeatKernel(WIDTHS), symmetry_noise=-1), r"symmetry_noise = -1 must be"),
    (lambda: DDPM((1.0, 0.5, 0.6)), r"1 - alphas_cumprod\[2\] = 0\.4 does not exceed 0\.5"),
    (lambda: DDPM((1.1, 0.5)), r"1 - alphas_cumprod\[0\] = -0\.1 is outside \[0, 1\]"),
    (lambda: DDPM((1.0, 0.5, 0.0)), r"alphas_cumprod\[2\] = 0: the last level must keep"),
    (lambda: linear_schedule(20), r"n_steps = 20 is too few for the linear schedule.*at least 21"),
    (lambda: linear_schedule(0), r"n_steps = 0: a schedule needs at least 1 step"),
    (lambda: cosine_schedule(-1), r"n_steps = -1: a schedule needs at least 1 step"),
    (lambda: even_times(0), r"n_steps = 0: a schedule needs at least 1 step"),
    (lambda: Ancestral("large"), r"variance = 'large' is unknown; valid: fixed_large, fixed_small"),
    (lambda: DDIM(1.5), r"eta = 1\.5 must lie in \[0, 1\]"),
    (lambda: BlurringDiffusion((0.0, 0.5, 1.5)), r"times\[2\] = 1\.5 is outside \[0, 1\]"),
    (lambda: BlurringDiffusion((0.0, 0.5, 0.5)), r"times\[2\] = 0\.5 does not exceed 0\.5"),
    (lambda: BlurringDiffusion(even_times(3), -1), r"blur_width_max = -1 must be finite and"),
    (lambda: BlurringDiffusion(even_times(3), blur_share=2), r"blur_share = 2 must lie in "),
    (lambda: BlurringDiffusion(even_times(3), d_min=0), r"d_min = 0 must lie in \(0, 1\]"),
])  # fmt: skip
def test_wrong_options_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_schedules_may_be_arrays_and_processes_stay_hashable():
    assert HeatDissipation(np.array(WIDTHS)) == HeatDissipation(WIDTHS)
    assert DDPM(np.array(cosine_schedule(9))) == DDPM(cosine_schedule(9))
    assert len({hash(process) for process in PROCESSES}) == 4


def test_linear_schedule_works_from_21_steps_on(images):
    process = DDPM(linear_schedule(21))
    x = BatchNoise(0).normal(images)
    for k in range(21, 0, -1):
        x = process.reverse_step(torch.zeros_like(x), x, k, BatchNoise(k))
    assert torch.isfinite(x).all()


def test_a_flow_without_its_states_says_which_are_missing_and_what_makes_them(images, noise):
    flow, batch = AdvectionDiffusion(3), {"images": images}
    for use, missing in ((flow.training_pair, "x_k, x_previous, k"), (flow.prior, "terminal")):
        with pytest.raises(
            ValueError, match=rf"holds images but no {missing}: .*beyond_blur.corrupt makes them"
        ):
            use(batch, noise)
