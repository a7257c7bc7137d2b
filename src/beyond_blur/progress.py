"""Progress of a long loop: a bar for a person at a terminal, lines for a log file."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import TypeVar

Thing = TypeVar("Thing")

LINE_EVERY = 10.0
"""Seconds between two lines of a log."""


class Progress:
    """A bar with the time left on a terminal; elsewhere a line every few seconds.

    Parameters
    ----------
    total : int
        Steps in all.
    done : int
        Steps done before this process started.
    label : str
        What is going on; stands before the bar and before each line.
    every : float
        Seconds between two lines.
    images : int
        Images per step; with it the rate in images per second is shown.
    """

    def __init__(
        self, total: int, done: int, label: str, every: float = LINE_EVERY, images: int = 0
    ) -> None:
        from tqdm import tqdm

        self.total, self.done, self.first, self.label = total, done, done, label
        self.every, self.images, self.start = every, images, time.monotonic()
        self.last, self.counted, self.rate = self.start, done, ""
        terminal = sys.stderr.isatty()
        self.bar = tqdm(total=total, initial=done, desc=label, unit="step") if terminal else None

    def advance(self, words: str) -> None:
        """One step further; ``words`` say how it went."""
        self.done += 1
        now = time.monotonic()
        due = now - self.last >= (1.0 if self.bar is not None else self.every)
        due = due or self.done == self.total
        if due and self.images:
            speed = (self.done - self.counted) * self.images / max(now - self.last, 1e-9)
            self.rate = f", {speed:,.{0 if speed >= 10 else 1}f} images/s"
        if due:
            self.last, self.counted = now, self.done
        if self.bar is not None:
            self.bar.set_postfix_str(words + self.rate, refresh=False)
            self.bar.update()
        elif due:
            left = (now - self.start) / (self.done - self.first) * (self.total - self.done)
            place = f"step {self.done:,} of {self.total:,}"
            print(f"{self.label}: {place}, {words}{self.rate}, {clock(left)} left", flush=True)

    def say(self, line: str) -> None:
        """A line for both; on a terminal it stands above the bar."""
        if self.bar is not None:
            self.bar.write(line)
        else:
            print(line, flush=True)

    def close(self) -> None:
        """End the bar's line."""
        if self.bar is not None:
            self.bar.close()


PATIENCE = 2.0
"""Seconds of a silent wait before a bar is shown."""

LOOK = 0.25
"""Seconds between two looks at the clock."""


def shown(things: Iterable[Thing], label: str, total: int | None = None) -> Iterable[Thing]:
    """Things one after the other, with a bar on stderr where a person waits for them.

    Where stderr is no terminal, a line every `LINE_EVERY` seconds. Nothing is shown of what is over
    in `PATIENCE` seconds.

    Parameters
    ----------
    things : iterable
    label : str
        What is going on; stands before the bar.
    total : int, optional
        How many they are, where they have no length.
    """
    from tqdm import tqdm

    if not sys.stderr.isatty():
        return _told(things, label, total)
    bar: Iterable[Thing] = tqdm(things, desc=label, total=total, delay=PATIENCE, leave=False)
    return bar


def _told(things: Iterable[Thing], label: str, total: int | None) -> Iterator[Thing]:
    """`shown` for a log."""
    n = len(things) if total is None and isinstance(things, Sized) else total
    start = last = time.monotonic()
    for done, thing in enumerate(things, 1):
        yield thing
        now = time.monotonic()
        if now - last < LINE_EVERY or done == n:
            continue
        last = now
        left = f" of {n:,}, {clock((now - start) / done * (n - done))} left" if n else ""
        print(f"{label}: step {done:,}{left}", file=sys.stderr, flush=True)


@contextmanager
def expected(label: str, seconds: float) -> Iterator[None]:
    """A bar on stderr that fills in the time that something is expected to take.

    For work in one piece, which cannot say how far it is. As long as it takes, the bar is not full;
    nothing is shown of what is over in `PATIENCE` seconds.

    Parameters
    ----------
    label : str
        What is going on; stands before the bar.
    seconds : float
        Expected, of all.
    """
    from tqdm import tqdm

    looks = max(1, round(seconds / LOOK))
    form = "{desc}: {percentage:3.0f}%|{bar}| {elapsed} of about " + clock(seconds)
    over = threading.Event()

    def fill() -> None:
        if over.wait(PATIENCE):
            return
        done = min(round(PATIENCE / LOOK), looks - 1)
        with tqdm(total=looks, initial=done, desc=label, bar_format=form, leave=False) as bar:
            bar.start_t -= PATIENCE
            while not over.wait(LOOK):
                bar.n = min(bar.n + 1, looks - 1)
                bar.refresh()

    thread = threading.Thread(target=fill, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def clock(seconds: float) -> str:
    """Seconds as 1:02:03 or 2:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
