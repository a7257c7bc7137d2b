"""A file is of what a job is of, or the message says what it is of instead."""

import pytest

from beyond_blur.storage import belonging
from beyond_blur.storage.atomic import ArtifactError

MANIFEST = {"traits": {"process": "ddpm", "seed": 0, "split": "train", "images": "ab" * 32},
            "inputs": {"images": "0"}}  # fmt: skip


def test_what_is_wanted_and_there_passes_and_what_nobody_asks_for_is_not_compared():
    belonging.check("f", MANIFEST, process="ddpm", seed=0, prior=None)
    belonging.check("f", {"traits": {}})


@pytest.mark.parametrize(("wanted", "words"), [
    ({"process": "ihdm"}, "f is of the process ddpm, this job is of ihdm: it was copied"),
    ({"seed": 1}, "f is of seed 0, this job is of 1"),
    ({"split": "held_out"}, "f is of the split train, this job is of held_out"),
    ({"images": "cd" * 32}, "f is of the images with checksum abababababab, this job is of cdcd"),
    ({"prior": "train"}, "f does not say which prior it is of, this job is of train"),
])  # fmt: skip
def test_another_trait_is_refused_with_both_values(wanted, words):
    with pytest.raises(ArtifactError, match=words):
        belonging.check("f", MANIFEST, **wanted)


def test_files_of_one_job_are_of_one_data_set_and_one_extractor():
    shared = {"dataset": "digits", "images": "0", "extractor": "classifier", "weights": "1"}
    files = {"a": {"traits": shared}, "b": {"traits": {"dataset": "digits", "seed": 1}}}
    assert belonging.check_together(files) == shared
    for name in shared:
        other = {"c": {"traits": {**shared, name: "other"}}}
        with pytest.raises(ArtifactError, match=r"c does not belong with a: .* the other of"):
            belonging.check_together({**files, **other})


def test_the_first_setting_that_differs_is_named_with_both_values():
    made, wanted = {"levels": {"sigma_max": 4.0}, "n": 1}, {"levels": {"sigma_max": 8.0}, "n": 1}
    with pytest.raises(ArtifactError, match=r"made with levels\.sigma_max = 4\.0, this run has 8"):
        belonging.check_spec("f", made, wanted)
    with pytest.raises(ArtifactError, match=r"made with n = None, this run has 1"):
        belonging.check_spec("f", {"levels": {"sigma_max": 8.0}}, wanted)
    belonging.check_spec("f", wanted, dict(wanted))


def test_a_file_made_of_another_file_is_stale():
    belonging.check_input("f", MANIFEST, "images", "0")
    for role, checksum in (("images", "1"), ("weights", "0")):
        with pytest.raises(ArtifactError, match=f"f is stale: it was made from other {role}"):
            belonging.check_input("f", MANIFEST, role, checksum)
