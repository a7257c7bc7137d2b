"""The order of the data is a function of the seed and the step."""

import torch

from beyond_blur.training import batches


def test_every_epoch_visits_every_row_once_in_a_new_order():
    rows = torch.cat([batches.rows_of_step(10, 4, step, seed=0) for step in range(5)])
    first, second = rows[:10].tolist(), rows[10:].tolist()
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second
    assert len(batches.rows_of_step(3, 8, 0, 0)) == 8  # a batch larger than the data
