"""A step that is not finite: whether the training pairs are to blame, and weights that are lost.

Looked at only where the loss or the gradient is not finite, so that it costs a sound run nothing:
what is not finite in a pair is not finite in the loss.
"""

from __future__ import annotations

from beyond_blur import finite
from beyond_blur.config import Training
from beyond_blur.network.layers import check_finite
from beyond_blur.processes import TrainingPair
from beyond_blur.training.distributed import Group
from beyond_blur.training.prefetch import PreparedPairs
from beyond_blur.training.state import TrainingState


class TrainingDiverged(RuntimeError):
    """Loss, gradient or weights are no longer finite."""


def check_pairs(
    group: Group, pairs: PreparedPairs, spec: Training, step: int, pair: TrainingPair
) -> None:
    """Refuse a step whose pairs are not finite: no learning rate would help.

    Every process of the group raises, for the others would wait for the one that does.

    Parameters
    ----------
    group : Group
    pairs : PreparedPairs
        Where the pair came from.
    spec : Training
    step : int
        Number of the step, from 0.
    pair : TrainingPair
        Made of this process's rows.

    Raises
    ------
    NotFinite
        Naming the row and where it lies; whether the data or the process is to blame.
    """
    bad = [(name, int(row))
           for name, values in (("x_k", pair.x_k), ("target", pair.target))
           if not finite.is_finite(values)
           for row in finite.bad_places(values)[:, 0]]  # fmt: skip
    if not group.any(bool(bad)):
        return
    if not bad:
        raise finite.NotFinite(f"step {step + 1}: the pairs of another process are not finite")
    what, row = bad[0]
    part, rows = group.part(spec.batch_size), pairs.at_rest()
    place, made_of = rows.name(step, part.start + row), rows.batch(step, part)
    spoilt = [name for name, values in made_of.items() if not finite.is_finite(values[row])]
    if spoilt:
        raise finite.NotFinite(
            f"{place}: {spoilt[0]} is not finite: it was made wrongly; delete it and rerun"
        )
    raise finite.NotFinite(
        f"{place}: the process makes a {what} of it that is not finite (step {step + 1}): mend the "
        "process or its options"
    )


def check_weights(state: TrainingState) -> None:
    """Refuse to keep a state that holds NaN or infinity: a run that goes on from it is lost.

    Raises
    ------
    TrainingDiverged
        Naming the first layer.
    """
    of_layer = [name for name, _ in state.model.named_parameters()]
    tensors = dict(state.model.state_dict())
    tensors |= {f"{name}, averaged": values for name, values in state.average.items()}
    for i, moments in state.optimiser.state_dict()["state"].items():
        tensors |= {f"{of_layer[i]}, Adam's {key}": values for key, values in moments.items()}
    try:
        check_finite(tensors, f"step {state.step}", "lower training.learning_rate")
    except finite.NotFinite as error:
        raise TrainingDiverged(str(error)) from error
