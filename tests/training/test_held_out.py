"""Looking at a run does not change it, and shows the same images every time."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from beyond_blur.config import Network, Training, load_experiment, slug
from beyond_blur.config.rule_specs import training_spec
from beyond_blur.data.pictures import write_png
from beyond_blur.network.unet import UNet
from beyond_blur.processes import build
from beyond_blur.training import held_out, loop
from beyond_blur.training.state import new_state

NET = Network(8, (1, 2), 1, (1,), 0.2)
SPEC = Training(iterations=6, batch_size=4, learning_rate=1e-3, warmup=1, precision="float32",
                watch_images=10)  # fmt: skip
EXPERIMENT = load_experiment({"preset": "tiny", "processes": [
    {"kind": "heat_dissipation"}, {"kind": "ddpm", "n_steps": 4, "schedule": "cosine"},
    {"kind": "advection_diffusion", "peclet": [0.1]},
]})  # fmt: skip
IMAGES = np.random.default_rng(0).integers(0, 256, (20, 1, 8, 8), dtype=np.uint8)
ROWS = {"images": torch.from_numpy(IMAGES)}


def fixed(spec):
    job = replace(training_spec(EXPERIMENT, slug(spec)), training=SPEC)
    process = build(spec, EXPERIMENT.levels, job.delta)
    return process, held_out.fix_images(process, job, IMAGES, np.arange(20))


def new_run():
    return new_state(lambda: UNet(NET, 1), SPEC, "cpu")


def look(run, process, images):
    grid = held_out.sample_grid(run, process, images.prior, seed=0)
    return held_out.held_out_loss(run, process, images.pair, SPEC), grid


def test_a_run_that_is_watched_is_the_run_that_is_not():
    process, images = fixed(EXPERIMENT.processes[0])
    runs = [new_run(), new_run()]
    loop.train(runs[0], process, ROWS, SPEC)
    loop.train(runs[1], process, ROWS, SPEC, report=lambda _: look(runs[1], process, images))
    for name, expected in runs[0].model.state_dict().items():
        assert torch.equal(runs[1].model.state_dict()[name], expected)
        assert torch.equal(runs[1].average[name], runs[0].average[name])


@pytest.mark.parametrize("spec", EXPERIMENT.processes, ids=lambda spec: spec.kind)
def test_every_process_can_be_watched(spec):
    process, images = fixed(spec)
    assert len(images.pair.k) == SPEC.watch_images
    run = new_run()
    loss, grid = look(run, process, images)
    assert np.isfinite(loss) and loss > 0
    assert grid.dtype == np.uint8 and grid.ndim == 3 and min(grid.shape[:2]) >= 320
    again, same_grid = look(run, *fixed(spec))
    assert again == loss and np.array_equal(grid, same_grid)


def test_the_held_out_loss_is_that_of_the_averaged_weights_without_dropout():
    process, images = fixed(EXPERIMENT.processes[0])
    run = new_run()
    # The last layer starts at zero: every prediction is 0 until it is moved.
    zero = float(images.pair.target.square().flatten(1).sum(1).mean())
    torch.nn.init.normal_(run.model.head.weight)
    assert held_out.held_out_loss(run, process, images.pair, SPEC) == pytest.approx(zero)
    with torch.no_grad():
        torch.nn.init.normal_(run.average["head.weight"], std=0.1)
    moved = held_out.held_out_loss(run, process, images.pair, SPEC)
    assert moved != pytest.approx(zero)
    assert held_out.held_out_loss(run, process, images.pair, SPEC) == moved
    assert held_out.held_out_loss(run, process, images.pair, replace(SPEC, batch_size=3)) == (
        pytest.approx(moved)
    )


def test_grids_of_small_images_are_enlarged_and_written(tmp_path):
    images = np.zeros((5, 3, 8, 8), np.uint8)
    images[4] = 7
    grid = held_out.tiled(images, 4)
    assert grid.shape == (2 * 80 + 2, 4 * 80 + 6, 3)
    assert (grid[82:, :80] == 7).all() and (grid[82:, 82:] == 255).all()
    for channels in (1, 3):
        write_png(tmp_path / "watch/a.png", grid[..., :channels])
        assert np.asarray(Image.open(tmp_path / "watch/a.png")).shape[:2] == grid.shape[:2]
    assert [path.name for path in (tmp_path / "watch").iterdir()] == ["a.png"]
