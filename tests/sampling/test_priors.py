"""Which images initial states are made from."""

from beyond_blur.sampling.priors import prior_rows


def test_every_prior_image_serves_once_before_any_serves_again():
    rows = prior_rows(25, 10, seed=0).tolist()
    assert sorted(rows[:10]) == sorted(rows[10:20]) == list(range(10))
    assert rows[:10] != rows[10:20]
    assert rows == prior_rows(25, 10, seed=0).tolist()
    assert rows != prior_rows(25, 10, seed=1).tolist()
