"""The device that is asked for, or one line."""

import pytest
import torch

from beyond_blur.network.device import pick_device


def test_a_cuda_device_that_is_not_there_is_said():
    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(RuntimeError, match=r"training\.device = cuda"):
        pick_device("cuda")
    assert pick_device("auto") == "cpu"
