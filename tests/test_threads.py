"""More threads than CPUs are said."""

from beyond_blur.threads import too_many


def test_threads_that_have_no_cpu_are_said_with_the_way_out(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert too_many("training.threads", 2) is None
    words = too_many("training.threads", 100)
    assert words.startswith("training.threads = 100, and this process may use 2 CPUs")
    assert words.endswith("lower it to 2")
