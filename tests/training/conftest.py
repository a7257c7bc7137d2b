import pytest
import torch

from small_runs import make_shards


@pytest.fixture
def source():
    """Ten cached pairs in memory."""
    x = torch.rand(10, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    return {"x_k": x * 0.9, "x_previous": x, "k": torch.arange(10) % 5 + 1}


@pytest.fixture(scope="session")
def shards(tmp_path_factory):
    """Images and pairs of the tiny preset: the folder of ``train``, ``held_out`` and ``pairs``."""
    return make_shards(tmp_path_factory.mktemp("shards"))
