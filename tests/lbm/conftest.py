"""What laws and emulated kernels share."""

import pytest

from beyond_blur.lbm.coarse import plan as plans


@pytest.fixture
def early(monkeypatch):
    """Plans that leave pixels at a blur width of 2 px, for as few as 6 cells, with short tails."""
    monkeypatch.setattr(plans, "SWITCH", 2.0)
    monkeypatch.setattr(plans, "NARROWEST", 6)
    monkeypatch.setattr(plans, "TAIL", 12)
