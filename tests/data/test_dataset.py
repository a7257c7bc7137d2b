"""What is read back of a prepared dataset."""

import numpy as np
import pytest

from beyond_blur.data import dataset
from beyond_blur.storage import artifacts


def test_images_without_labels_train_no_classifier(shards, tmp_path):
    assert len(dataset.load_labelled(shards).arrays["labels"]) == 24
    images = {"images": np.zeros((2, 1, 8, 8), np.uint8)}
    artifacts.save(tmp_path / "bare", images, kind="images", spec={})
    with pytest.raises(ValueError, match=r"bare has no labels .*give dataset\.labels_path"):
        dataset.load_labelled([tmp_path / "bare"])
    images["labels"] = np.zeros(2, np.int64)
    artifacts.save(tmp_path / "one", images, kind="images", spec={})
    with pytest.raises(ValueError, match=r"one has one class, .*self-supervised"):
        dataset.load_labelled([tmp_path / "one"])
