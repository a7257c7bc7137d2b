"""Several trainings of a process: their spread is the table's, and every one has all seeds."""

import numpy as np
import pytest
from table_rows import row

from beyond_blur.rendering import table_formats, tables
from beyond_blur.rendering.extrapolation import fid_against_n

VALUES = {0: (0.4, 0.6), 1: (0.7, 0.9), 5: (0.5, 0.5)}
"""Of each training seed: the values of sampling seeds 0 and 1."""

SAMPLES = [
    row(training_seed=training, seed=seed, value=value)
    for training, values in VALUES.items()
    for seed, value in enumerate(values)
]
STATES = [
    row("prior", training_seed=training, seed=seed, value=0.1 * (1 + seed))
    for training in VALUES
    for seed in (0, 1)
]
REAL = [row("train", None, None, value=0.9 + 0.02 * s, prior=None, seed=s) for s in (0, 1)]
ROWS = [*SAMPLES, *STATES, *REAL]


def line(name):
    frame = tables.table(ROWS)
    return frame[frame["process"] == name].iloc[0]


def test_the_spread_of_several_trainings_is_that_of_their_means():
    means = [np.mean(values) for values in VALUES.values()]
    found = line("flow")
    assert found["recall"] == pytest.approx(np.mean(means))
    assert found["recall_std"] == pytest.approx(np.std(means, ddof=1))
    assert (found["n_trainings"], found["n_seeds"]) == (3, 2)


@pytest.mark.parametrize("name", ["corrupted prior, flow", tables.CEILING])
def test_what_no_network_made_counts_once_for_each_sampling_seed(name):
    found = line(name)
    values = [0.1, 0.2] if name != tables.CEILING else [0.9, 0.92]
    assert found["recall"] == pytest.approx(np.mean(values))
    assert found["recall_std"] == pytest.approx(np.std(values, ddof=1))
    assert (found["n_trainings"], found["n_seeds"]) == (0, 2)


def test_every_printed_table_says_what_the_spread_is_over():
    frame = tables.table(ROWS)
    for text in (
        table_formats.to_markdown(frame),
        table_formats.to_terminal(frame),
        table_formats.to_latex(frame),
    ):
        assert "over 3 training seeds, of each the mean over 2 sampling seeds" in text
    one = tables.table([each for each in ROWS if each["training_seed"] in (None, 0)])
    assert "mean ± standard deviation over 2 sampling seeds" in table_formats.to_markdown(one)
    single = tables.table([each for each in ROWS if each["seed"] == 0])
    assert "3 training seeds, of each one sampling seed" in table_formats.to_markdown(single)
    assert single["recall_std"][0] > 0


def test_the_curve_over_n_shows_the_spread_of_trainings():
    figure = fid_against_n([*SAMPLES, *REAL])
    bars = figure.axes[0].containers[0].lines[2][0].get_segments()
    means = [11 - np.mean(values) for values in VALUES.values()]
    low, high = bars[0][:, 1]
    assert (high - low) / 2 == pytest.approx(np.std(means, ddof=1))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (ROWS[1:], "flow, Pe = 0, prior train has no row of seed 0, which others have"),
        ([r for r in ROWS if r is not SAMPLES[3]], "has no row of training seed 1, seed 1, which"),
        ([*ROWS, SAMPLES[5]], "flow, Pe = 0, prior train, training seed 5, seed 1 comes twice"),
        ([*ROWS, *(row(peclet=0.1, seed=seed) for seed in (0, 1))],
         "flow, Pe = 0.1, prior train has no row of training seed 1, seed 0, which others have"),
        ([*SAMPLES, {**REAL[0], "training_seed": 0}], "training_seed is 0 where images is 'train'"),
        ([{**SAMPLES[0], "training_seed": None}], "training_seed is None where images is 'samples"),
    ],
)  # fmt: skip
def test_a_table_of_trainings_that_are_not_all_there_is_refused(rows, words):
    with pytest.raises(ValueError, match=words):
        tables.table(rows)
