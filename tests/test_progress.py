"""Progress is a bar on a terminal and lines in a log."""

import time

from beyond_blur.progress import Progress


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
