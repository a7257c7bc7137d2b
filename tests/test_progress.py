"""Progress on a terminal is a bar, in a log it is lines."""

from beyond_blur.progress import Progress, clock


def test_progress_writes_lines_where_there_is_no_terminal(capsys):
    progress = Progress(total=3, done=1, label="train a", every=0.0)
    for _ in range(2):
        progress.advance("loss 1")
    progress.close()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("train a: step 2 of 3, loss 1, 0:0")
    assert lines[-1].endswith("step 3 of 3, loss 1, 0:00 left")
    assert (clock(59.6), clock(3661)) == ("1:00", "1:01:01")
