"""Weights read from a file are compared with the layers of their network."""

import pytest
import torch

from beyond_blur.network.layers import check_layers
from beyond_blur.storage.atomic import ArtifactError


def test_a_single_number_may_come_as_an_array_of_one():
    """As the counters of batch norms do: NumPy makes such an array of what is written."""
    check_layers({"a": torch.zeros(1)}, {"a": torch.tensor(0)}, "the classifier")
    with pytest.raises(ArtifactError, match=r"layer a: \[1\] described, \[2\] there"):
        check_layers({"a": torch.zeros(2)}, {"a": torch.tensor(0)}, "the classifier")
