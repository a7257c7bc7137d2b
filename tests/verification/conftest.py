import pytest

from beyond_blur.config import read_experiment
from verification.made_up import made_up


@pytest.fixture
def run():
    """Of preset ``tiny``, in memory."""
    return made_up(read_experiment({"preset": "tiny", "evaluation": {"extractor": "random"}}))
