"""What a person follows a run by: events, grids, the noise that samples are drawn with."""

import sys

import numpy as np
import pytest
from PIL import Image

from beyond_blur.data.pictures import write_png
from beyond_blur.training.events import Events
from beyond_blur.training.finite_steps import TrainingDiverged
from beyond_blur.training.history import History
from beyond_blur.training.monitor import Monitor, Watch, looks_are_left
from small_runs import job_of, reports_of, start


def test_tensorboard_that_is_not_installed_is_said(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(RuntimeError, match=r"training\.tensorboard is true.*pip install"):
        Events(tmp_path, 0, History(5))


def test_tensorboard_events_are_written(source, tmp_path):
    pytest.importorskip("tensorboard")
    reports = reports_of(source, 20)
    events = Events(tmp_path, 0, History(5))
    for step in reports:
        events.add(step, 0.5 if step.step == 20 else None)
    events.close()
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    seen = EventAccumulator(str(tmp_path)).Reload()
    assert [(e.step, e.value) for e in seen.Scalars("held_out_loss")] == [(20, 0.5)]
    assert [e.value for e in seen.Scalars("loss")] == pytest.approx(
        [reports[9].loss, reports[19].loss]
    )
    for level in set(reports[9].k.tolist()):  # of five levels each is a band
        of_level = reports[9].loss_per_row[reports[9].k == level].mean()
        first = seen.Scalars(f"loss_of_levels/{level}-{level}")[0]
        assert (first.step, first.value) == (10, pytest.approx(float(of_level)))


def test_bands_of_levels_are_named_by_their_first_and_last():
    assert History(5).bands() == ["1-1", "2-2", "3-3", "4-4", "5-5"]
    assert History(200).bands()[:2] == ["1-20", "21-40"] and History(200).bands()[-1] == "181-200"
    assert History(13).bands()[:3] == ["1-2", "3-3", "4-4"]


def test_a_run_is_followed_by_what_is_asked_for(source, shards, tmp_path, capsys):
    job, run, history = job_of(iterations=3, watch_every=2), start(), History(5)
    with Monitor(job, run, history, [shards / "held_out"], tmp_path) as monitor:
        for step in reports_of(source, 3):
            run.step = step.step
            monitor.report(step)
    assert monitor.events is None and not (tmp_path / "tensorboard").exists()
    assert [path.name for path in (tmp_path / "watch").iterdir()] == ["step-2.png"]
    losses = [window.held_out_loss for window in history.windows]
    assert losses == [None, monitor.watch.last, None] and monitor.watch.last > 0
    assert f"held out {monitor.watch.last:.3g}" in capsys.readouterr().out
    assert Monitor(job, run, history, [], tmp_path).watch is None


def test_a_run_is_watched_only_if_a_look_is_left():
    assert looks_are_left(2, 0, 2) and looks_are_left(2, 1, 2) and looks_are_left(5, 4, 9)
    assert not looks_are_left(2, 2, 3) and not looks_are_left(5, 5, 9)
    assert not looks_are_left(0, 0, 9)


def test_grids_are_drawn_with_the_sampler_noise_of_the_run(shards, tmp_path):
    grids = {}
    for delta in (0.0, 0.3):
        job = job_of(sampling={"delta": delta, "delta_spectrum": 10 * delta})
        watch = Watch(job, [shards / "held_out"], tmp_path)
        assert (watch.process.delta, watch.process.delta_spectrum) == (delta, 10 * delta)
        run = start()
        watch.look(run)
        grids[delta] = np.asarray(Image.open(tmp_path / "step-0.png")).astype(float)
    # The untrained network predicts no change: samples differ by the noise alone.
    assert np.abs(grids[0.3] - grids[0.0]).mean() > 10


def test_pictures_are_written_whole(tmp_path):
    grid = np.zeros((8, 9, 3), np.uint8)
    for channels in (1, 3):
        write_png(tmp_path / "watch/a.png", grid[..., :channels])
        assert np.asarray(Image.open(tmp_path / "watch/a.png")).shape[:2] == grid.shape[:2]
    assert [path.name for path in (tmp_path / "watch").iterdir()] == ["a.png"]


def test_a_grid_of_samples_that_are_not_finite_is_said_and_ends_no_training(
    shards, tmp_path, capsys
):
    watch, run = Watch(job_of(), [shards / "held_out"], tmp_path / "watch"), start()
    watch.fixed.prior["terminal"][:] = float("nan")
    assert watch.look(run) > 0
    assert "no sample grid at step 0: initial states are not finite" in capsys.readouterr().out
    assert not list(tmp_path.glob("watch/*.png"))


def test_averaged_weights_that_are_not_finite_end_a_training(shards, tmp_path, capsys):
    watch, run = Watch(job_of(), [shards / "held_out"], tmp_path / "watch"), start()
    for average in run.average.values():
        average.fill_(float("nan"))
    with pytest.raises(TrainingDiverged, match="held-out images is not finite at step 0"):
        watch.look(run)
    assert "no sample grid at step 0: samples are not finite at level" in capsys.readouterr().out
