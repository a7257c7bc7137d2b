"""Weights from files: of the layers that they should be of, and finite."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from beyond_blur.finite import NotFinite, is_finite
from beyond_blur.storage.atomic import ArtifactError


def check_finite(weights: Mapping[str, Tensor], what: str, remedy: str) -> None:
    """Refuse weights that are not finite.

    Parameters
    ----------
    weights : mapping of str to tensor
        By the names of their layers.
    what : str
        Whose they are, for the message.
    remedy : str
        What to do.

    Raises
    ------
    NotFinite
        Naming the first layer, and how many there are.
    """
    bad = [name for name, values in weights.items() if not is_finite(values)]
    if bad:
        more = f", the first of {len(bad)}" if len(bad) > 1 else ""
        raise NotFinite(f"{what}: weights are not finite (layer {bad[0]}{more}): {remedy}")


def check_layers(weights: Mapping[str, Tensor], described: Mapping[str, Tensor], what: str) -> None:
    """Refuse weights of other layers than those of a network.

    Parameters
    ----------
    weights : mapping of str to tensor
        By the names of their layers.
    described : mapping of str to tensor
        The network's state dict, of which the shapes count.
    what : str
        Whose weights they are, for the message.

    Raises
    ------
    ArtifactError
        Naming the first layer that differs. (torch's own message has a line for every layer.)
    """
    for name in (*described, *weights):
        wanted, found = (
            # Files keep a single number, as batch norms count in, as an array of one.
            f"{list(one[name].shape) or [1]}" if name in one else "none"
            for one in (described, weights)
        )
        if wanted != found:
            raise ArtifactError(
                f"{what} does not fit the network that it describes (layer {name}: {wanted} "
                f"described, {found} there): train it again, or load it with the version that "
                "wrote it"
            )
