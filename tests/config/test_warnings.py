"""Settings that are hardly meant are said with what follows from them, and only those."""

import pytest

from beyond_blur.config import ConfigError, load_experiment, preset_names
from beyond_blur.config.warnings import warnings

OF_THE_PAPERS = {"mnist": 60_000, "fashion_mnist": 60_000, "cifar10": 50_000, "afhq64": 14_336,
                 "afhq256": 14_336, "ffhq128": 60_000, "ffhq256": 60_000,
                 "lsun_church128": 113_604, "mnist5k": 3_333, "demo": 3_333}  # fmt: skip


def said(n_train=None, preset="demo", **values):
    return list(warnings(load_experiment({"preset": preset, **values}), n_train))


@pytest.mark.parametrize(("preset", "n_train"), OF_THE_PAPERS.items())
def test_a_preset_says_nothing_of_its_own_data_set(preset, n_train):
    assert said(n_train, preset) == []


@pytest.mark.parametrize("preset", [name for name in preset_names() if name != "tiny"])
def test_a_smoke_run_warns_of_nothing_it_made_small(preset):
    assert said(64, preset, smoke=True) == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"training": {"warmup": 2_000}, "preset": "mnist5k"},
            None,
        ),
        (
            {"training": {"iterations": 200, "warmup": 800, "learning_rate": 1e-3, "ema": 0.9}},
            ["training.warmup = 800 is longer than the run (training.iterations = 200): the "
             "learning rate ends at 0.00025, never at training.learning_rate = 0.001"],
        ),
        (
            {"training": {"iterations": 500, "ema": 0.9999}},
            ["training.ema = 0.9999 averages over 10,000 steps, more than the run's 500: only its "
             "ramp, up to 0.982, decides"],
        ),
        (
            {"training": {"iterations": 500, "ema": 0.9,
                          "learning_rate_changes": [[400, 1e-4], [500, 1e-5]]}},
            ["training.learning_rate_changes: [500, 1e-05] comes after the last of "
             "training.iterations = 500 steps"],
        ),
        (
            {"dataset": {"size": 18}},
            ["dataset.size = 18 is no multiple of 4, as 3 levels of network.multipliers want"],
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_with_its_keys(values, words):
    lines = said(None, **values)
    assert len(lines) == len(words or [])
    for line, word in zip(lines, words or [], strict=True):
        assert word in line


def test_six_hundred_images_are_few_for_a_preset_of_the_papers():
    shown, pairs, samples = said(540, "afhq64")
    assert "show each of the 540 training images 47,407 times" in shown
    assert "network.channels" in shown and "network.dropout" in shown
    assert "cache 2,160 pairs of a flow, each shown 11,852 times" in pairs
    assert "training.pairs: streamed" in pairs
    assert "sampling.n_samples = 10,000 is more than the 540 training images" in samples
    assert len(said(540, "afhq64", training={"pairs": "streamed"})) == 2
    assert len(said(540, "afhq64", processes=[{"kind": "ddpm"}])) == 1


def test_a_batch_of_more_than_all_images_is_said():
    lines = said(20, training={"iterations": 100, "warmup": 10, "batch_size": 32, "ema": 0.9},
                 sampling={"n_samples": 20})  # fmt: skip
    assert len(lines) == 1 and "training.batch_size = 32 is more than the 20" in lines[0]


def test_a_rate_that_moves_no_weight_is_refused():
    with pytest.raises(ConfigError) as error:
        load_experiment({"preset": "demo", "training": {"learning_rate": 1e-12}})
    assert "training.learning_rate = 1e-12 moves no weight" in str(error.value)
    with pytest.raises(ConfigError, match=r"training\.learning_rate_changes = 1e-20 moves no"):
        load_experiment({"preset": "demo", "training": {"learning_rate_changes": [[5, 1e-20]]}})
