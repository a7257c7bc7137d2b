"""What is not finite in a step is an error that names it; it is not left to the learning rate."""

import numpy as np
import pytest
import torch

from beyond_blur.finite import NotFinite
from beyond_blur.processes import TrainingPair
from beyond_blur.storage.mapped_rows import MappedRows, TrainingRows
from beyond_blur.training import loop
from beyond_blur.training.batches import CachedRows
from beyond_blur.training.finite_steps import TrainingDiverged, check_weights
from small_runs import PROCESS, SPEC, start


class SpoiltTarget:
    """A process that makes targets of NaN."""

    n_steps = 5

    def training_pair(self, batch, noise):
        pair = PROCESS.training_pair(batch, noise)
        return TrainingPair(pair.x_k, pair.k, pair.target * float("nan"))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("name", ["x_k", "x_previous"])
def test_data_that_are_not_finite_are_named_by_shard_and_row(source, name, value):
    parts = {key: [v.numpy()[:6], v.numpy()[6:]] for key, v in source.items()}
    parts[name][1][2, 0, 3, 4] = value  # views: row 8 of the whole
    rows = TrainingRows({key: MappedRows(part) for key, part in parts.items()},
                        np.arange(10), {}, "", ("first", "second"))  # fmt: skip
    cached = CachedRows(rows.arrays, SPEC.batch_size, SPEC.seed, rows.place)
    run = start()
    with pytest.raises(NotFinite, match=rf"^second, row 2: {name} is not finite: .*rerun$"):
        loop.train(run, PROCESS, cached, SPEC)
    assert run.skipped == 0


def test_a_process_that_makes_pairs_that_are_not_finite_is_named(source):
    run = start()
    with pytest.raises(
        NotFinite, match=r"^row \d of the data: the process makes a target .*step 1"
    ):
        loop.train(run, SpoiltTarget(), source, SPEC)
    assert run.step == 0


@pytest.mark.parametrize("where", ["weights", "average", "moments"])
def test_a_state_that_is_not_finite_is_refused_with_the_layer(source, where):
    run = start()
    loop.train(run, PROCESS, source, SPEC)
    check_weights(run)
    last = list(dict(run.model.named_parameters()))[-1]
    moments = list(run.optimiser.state.values())[-1]
    spoilt = {"weights": run.model.state_dict()[last], "average": run.average[last],
              "moments": moments["exp_avg_sq"]}  # fmt: skip
    with torch.no_grad():
        spoilt[where].view(-1)[0] = float("inf")
    with pytest.raises(TrainingDiverged, match=rf"^step 6: weights are not finite \(layer {last}"):
        check_weights(run)
