"""How long a run still takes is read off what its jobs took, and what they say of themselves."""

import pytest

from beyond_blur.storage.run_estimate import seconds_left

NOW = 1000.0


def job(rule, age, log=None):
    return {"rule": rule, "of": "", "log": log, "since": NOW - age}


def run(working=(), **rules):
    """A run that began 100 seconds ago; of each rule (total, done, seconds)."""
    names = ("total", "done", "seconds")
    return {
        "began": NOW - 100,
        "working": dict(enumerate(working)),
        "rules": {rule: dict(zip(names, of, strict=True)) for rule, of in rules.items()},
    }


def test_one_job_after_the_other_takes_what_those_of_its_rule_took(tmp_path):
    """Two trainings of 40 s and two samplings of 10 s in 100 s; one and three are to come."""
    found = seconds_left(run(train=(3, 2, 80.0), sample=(5, 2, 20.0)), tmp_path, NOW)
    assert found == pytest.approx(40 + 3 * 10)


def test_jobs_side_by_side_share_the_time(tmp_path):
    """200 seconds of jobs in 100: two at a time."""
    assert seconds_left(run(train=(8, 4, 200.0)), tmp_path, NOW) == pytest.approx(100.0)


def test_a_job_at_work_counts_what_is_left_of_it(tmp_path):
    """Of 35 s that one takes 30 are over; a job older than its rule's mean is about to end."""
    ended = {"train": (3, 2, 70.0), "sample": (1, 0, 0.0)}
    found = seconds_left(run([job("train", 30)], **ended), tmp_path, NOW)
    assert found == pytest.approx(5 + 35), "of a rule that none has ended of, the mean of all"
    assert seconds_left(run([job("train", 90)], train=(2, 1, 10.0)), tmp_path, NOW) == 0


def test_what_a_training_says_of_itself_counts_for_those_to_come(tmp_path):
    """It is 100 s old and says 1:40: 200 s each, and two are to come."""
    log = tmp_path / "train.log"
    log.write_text("train ddpm: step 300 of 600, loss 0.1, 1:40 left\n")
    found = seconds_left(run([job("train", 100, log)], train=(3, 0, 0.0)), tmp_path, NOW)
    assert found == pytest.approx(100 + 2 * 200)


@pytest.mark.parametrize("words", ["training ddpm on cpu", "1:40 left for others", ""])
def test_nothing_is_known_before_a_training_has_spoken(tmp_path, words):
    log = tmp_path / "train.log"
    log.write_text(words)
    begun = {"train": (2, 0, 0.0), "prepare_dataset": (1, 1, 5.0)}
    assert seconds_left(run([job("train", 100, log)], **begun), tmp_path, NOW) is None
    assert seconds_left(run(), tmp_path, NOW) is None


def test_a_run_without_trainings_is_known_by_its_other_jobs(tmp_path):
    assert seconds_left(run(sample=(3, 1, 100.0)), tmp_path, NOW) == pytest.approx(200.0)


def test_jobs_that_nothing_is_known_of_are_not_taken_for_trainings(tmp_path):
    """Two trainings of 48 s, a job of 4 s; three of a third rule are to come: 4 s each."""
    ended = {"train": (2, 2, 96.0), "prepare_dataset": (1, 1, 4.0), "figure_samples": (3, 0, 0.0)}
    assert seconds_left(run(**ended), tmp_path, NOW) == pytest.approx(12.0)
