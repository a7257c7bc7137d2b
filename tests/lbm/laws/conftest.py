"""Every law holds on every backend, for square, oblong and odd sizes, at both kinds of wall.

The GPU backend runs where CuPy sees a device and is skipped elsewhere. A law that is not about all
of them narrows its choice with ``parametrize``.
"""

import lattice
import pytest


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
