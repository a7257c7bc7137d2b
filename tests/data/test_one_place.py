"""Held-out images that lie where the training images lie are refused before any work."""

import numpy as np

from beyond_blur.config import Dataset
from beyond_blur.data import readers


def test_held_out_path_is_another_place(tmp_path):
    np.savez(tmp_path / "a.npz", images=np.zeros((4, 8, 8), np.uint8))
    (tmp_path / "link.npz").symlink_to("a.npz")
    for other in ("a.npz", "./a.npz", "link.npz"):
        spec = Dataset(kind="npz", path=f"{tmp_path}/a.npz", held_out_path=f"{tmp_path}/{other}")
        (problem,) = readers.READERS["npz"].problems(spec)
        assert problem.startswith("dataset.held_out_path = ") and "training images" in problem
