"""Progress is a bar on a terminal and lines in a log."""

import time

from beyond_blur.progress import Progress, clock


def test_progress_says_images_per_second(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    progress = Progress(12, 2, "train a", every=4.0, images=8)
    for _ in range(10):
        now[0] += 2.0
        progress.advance("loss 1")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert lines[0] == "train a: step 4 of 12, loss 1, 4.0 images/s, 0:16 left"


def test_progress_writes_lines_where_there_is_no_terminal(capsys):
    progress = Progress(total=3, done=1, label="train a", every=0.0)
    for _ in range(2):
        progress.advance("loss 1")
    progress.close()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("train a: step 2 of 3, loss 1, 0:0")
    assert lines[-1].endswith("step 3 of 3, loss 1, 0:00 left")
    assert (clock(59.6), clock(3661)) == ("1:00", "1:01:01")
