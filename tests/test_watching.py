"""Looking at a run does not change it, and shows the same images every time."""

import shutil
import sys
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from beyond_blur import cli
from beyond_blur.config import Network, Training, load_experiment
from beyond_blur.config.rule_specs import from_json, to_json, training_job
from beyond_blur.network.unet import UNet
from beyond_blur.processes import build
from beyond_blur.storage import artifacts, atomic
from beyond_blur.training import distributed, held_out, loop
from beyond_blur.training.monitor import write_png
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
    process = build(spec, EXPERIMENT.levels, delta=0.0125)
    return process, held_out.fix_images(
        process, spec, EXPERIMENT.levels, EXPERIMENT.corruption, SPEC, IMAGES, np.arange(20)
    )


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


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A watched run of the command line, on streamed pairs, first half and then the whole."""
    folder = tmp_path_factory.mktemp("run")
    cli.main(["prepare_dataset", "--spec", to_json(EXPERIMENT.dataset), "--train", str(folder / "train"),
              "--held-out", str(folder / "held_out")])  # fmt: skip
    for iterations in (4, 8):
        train(folder, folder / "halves", iterations)
    train(folder, folder / "whole", 8)
    return folder


def train(folder, out, iterations, **changes):
    changes = {"iterations": iterations, "pairs": "streamed", "watch_every": 2, **changes}
    made = load_experiment({"preset": "tiny", "training": changes})
    out.mkdir(exist_ok=True)
    cli.main(["train", "--spec", to_json(training_job(made, "advection_diffusion-pe0.1")),
              "--source", str(folder / "train"), "--held-out", str(folder / "held_out"),
              "--state", str(out / "state.pt"), "--history", str(out / "history.jsonl"),
              "--out", str(out / "weights.safetensors")])  # fmt: skip


def test_a_run_that_is_continued_on_streamed_pairs_equals_a_longer_one(trained):
    for name in ("weights.safetensors", "history.jsonl", "watch/step-8.png"):
        assert (trained / "halves" / name).read_bytes() == (trained / "whole" / name).read_bytes()


def test_a_finished_run_that_is_told_to_be_watched_otherwise_is_not_trained_again(
    trained, tmp_path, capsys
):
    shutil.copytree(trained / "whole", tmp_path / "again")
    (tmp_path / "again/weights.safetensors").unlink()
    state = (tmp_path / "again/state.pt").stat().st_mtime_ns
    capsys.readouterr()
    train(trained, tmp_path / "again", 8, watch_every=1, checkpoint_every=1, max_skipped=3,
          gradient_checkpointing=True)  # fmt: skip
    assert "nothing is left to train" in capsys.readouterr().out
    assert (tmp_path / "again/state.pt").stat().st_mtime_ns == state
    for name in ("weights.safetensors", "history.jsonl"):
        assert (tmp_path / "again" / name).read_bytes() == (trained / "whole" / name).read_bytes()


def test_a_process_that_does_not_lead_says_nothing_and_writes_nothing(
    trained, tmp_path, monkeypatch, capsys
):
    @contextmanager
    def join(device):
        yield distributed.Group(device, rank=1, size=1)

    monkeypatch.setattr(distributed, "join", join)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    train(trained, tmp_path / "other", 2)
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")
    assert not list((tmp_path / "other").iterdir())


def test_grids_and_held_out_losses_are_kept(trained):
    import pandas as pd

    names = {path.name for path in (trained / "whole/watch").iterdir()}
    assert names == {f"step-{step}.png" for step in (2, 4, 6, 8)}
    history = pd.read_json(trained / "whole/history.jsonl", lines=True)
    assert history["held_out_loss"].notna().tolist() == [False, True] * 4


def test_an_export_is_the_network(trained, tmp_path):
    from safetensors.torch import load_file

    cli.main(["export", "--weights", str(trained / "whole/weights.safetensors"),
              "--out", str(tmp_path / "export")])  # fmt: skip
    described = atomic.read_json(tmp_path / "export/config.json")
    network = from_json(Network, to_json(Network(**described["network"])))
    model = UNet(network, described["image_channels"])
    model.load_state_dict(load_file(tmp_path / "export/model.safetensors"))
    expected = artifacts.load(trained / "whole/weights.safetensors", "weights").arrays
    for name, values in model.state_dict().items():
        np.testing.assert_array_equal(values.numpy(), expected[name])
    assert described["n_parameters"] == sum(v.size for v in expected.values())
