"""Files of one job agree in what they are of; where one does not say it, it is not asked."""

import pytest

from beyond_blur.storage import belonging
from beyond_blur.storage.atomic import ArtifactError


def of(**traits):
    return {"traits": traits}


def test_samples_of_several_number_formats_are_not_compared_unnoticed():
    files = {
        "real": of(dataset="digits"),
        "a": of(dataset="digits", number_format="float32"),
        "b": of(dataset="digits", number_format="bfloat16"),
    }
    with pytest.raises(ArtifactError) as refused:
        belonging.check_together(files)
    said = str(refused.value)
    assert said.startswith(
        "b does not belong with a: it is of samples drawn in bfloat16, the other"
    )
    assert "\n" not in said


def test_what_files_have_in_common_is_returned():
    files = {"real": of(dataset="digits"), "a": of(number_format="tf32", seed=3)}
    assert belonging.check_together(files) == {"dataset": "digits", "number_format": "tf32"}
