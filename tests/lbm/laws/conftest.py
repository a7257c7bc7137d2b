"""Every law holds on every backend, for square, oblong and odd sizes, at both kinds of wall.

The GPU backend runs where CuPy sees a device and is skipped elsewhere. A law that is not about all
of them narrows its choice with ``parametrize``.
"""

import lattice
import pytest

from beyond_blur.lbm.coarse import plan as plans


@pytest.fixture(params=lattice.BACKENDS)
def backend(request):
    """Name of a solver."""
    return request.param


@pytest.fixture(params=lattice.SHAPES, ids=lambda shape: "x".join(map(str, shape)))
def shape(request):
    """Height and width of an image."""
    return request.param


@pytest.fixture(params=lattice.WALLS)
def walls(request):
    """Kind of wall."""
    return request.param


@pytest.fixture
def early(monkeypatch):
    """Plans that leave pixels at a blur width of 2 px, for as few as 6 cells, with short tails."""
    monkeypatch.setattr(plans, "SWITCH", 2.0)
    monkeypatch.setattr(plans, "NARROWEST", 6)
    monkeypatch.setattr(plans, "TAIL", 12)
