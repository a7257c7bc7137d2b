"""Rows that initial states are made from, and networks that were never trained."""

import pytest
import torch

from untrained_networks import save_everything


@pytest.fixture
def source():
    return {"terminal": torch.rand(6, 1, 8, 8, generator=torch.Generator().manual_seed(1))}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Networks that were never trained, images and terminal states."""
    return save_everything(tmp_path_factory.mktemp("sampling"))
