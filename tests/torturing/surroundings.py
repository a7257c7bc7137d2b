"""Runs that want for something: room, files, memory, the right to write, the right time."""

import contextlib
import os
import resource
import stat
import subprocess
import time

from torturing.scenes import ROOM, Disturbance

AS_THE_MODES_SAY = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
"""Before a command: root without its right to write where nobody may."""


def _remount(scene, options):
    subprocess.run(["mount", "-o", f"remount,{options}", scene.results], check=True)


def _lifted(scene):
    _remount(scene, f"rw,size={ROOM}m,nr_inodes=0")


@contextlib.contextmanager
def full_disk(scene):
    """A disk that is full before the run has written all."""
    used = os.statvfs(scene.results)
    used = (used.f_blocks - used.f_bfree) * used.f_frsize
    room = int(scene.rng.uniform(0, 1.1) * scene.bytes_made)
    _remount(scene, f"size={used + room}")
    yield Disturbance(f"{room:,} bytes left on the disk")
    _lifted(scene)


@contextlib.contextmanager
def no_inodes(scene):
    """A disk that takes no more than a few further files."""
    used = sum(1 for _ in scene.results.rglob("*")) + 1
    left = scene.rng.randint(0, 6)
    _remount(scene, f"nr_inodes={used + left}")
    yield Disturbance(f"{left} files left on the disk")
    _lifted(scene)


@contextlib.contextmanager
def read_only_disk(scene):
    """Results on a disk that is mounted to be read only."""
    _remount(scene, "ro")
    yield Disturbance("results mounted to be read only")
    _lifted(scene)


@contextlib.contextmanager
def another_disk(scene):
    """Results on another file system than the rest: nothing is wrong with that."""
    yield Disturbance("results on another file system")


@contextlib.contextmanager
def read_only_results(scene):
    """Folders of results that may not be written into."""
    with _modes_taken(scene.results):
        yield Disturbance("results not to be written", prefix=_prefix())


@contextlib.contextmanager
def read_only_source_and_home(scene):
    """A shared installation: neither the source nor HOME can be written, and no cache is named."""
    home = scene.folder / "home"
    home.mkdir(mode=0o555)
    variables = {"HOME": str(home), "NUMBA_CACHE_DIR": "", "MPLCONFIGDIR": "",
                 "XDG_CACHE_HOME": "", "CUPY_CACHE_DIR": ""}  # fmt: skip
    with _modes_taken(scene.reference.repository):
        yield Disturbance("source and HOME not to be written", prefix=_prefix(),
                          variables=variables)  # fmt: skip


def _prefix():
    return AS_THE_MODES_SAY if os.geteuid() == 0 else ()


@contextlib.contextmanager
def _modes_taken(top):
    """No folder below ``top`` and no file may be written, until the block ends."""
    before = {path: path.stat().st_mode for path in (top, *top.rglob("*")) if not path.is_symlink()}
    try:
        for path, mode in before.items():
            path.chmod(mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
        yield
    finally:
        for path, mode in before.items():
            path.chmod(mode)


def _limited(words, *limits):
    def limit():
        for what, value in limits:
            resource.setrlimit(what, (value, value))

    return Disturbance(words, options={"preexec_fn": limit})


@contextlib.contextmanager
def file_size(scene):
    """No file may grow beyond a size; stands in for a quota."""
    size = int(scene.rng.uniform(0, 1) * scene.bytes_made)
    yield _limited(f"files of at most {size:,} bytes", (resource.RLIMIT_FSIZE, size))


@contextlib.contextmanager
def few_open_files(scene):
    """Few files may be open at a time."""
    n = scene.rng.choice((24, 24, 16, 32))
    yield _limited(f"at most {n} open files", (resource.RLIMIT_NOFILE, n))


@contextlib.contextmanager
def little_memory(scene):
    """Less memory than is needed, or just enough."""
    size = int(scene.rng.uniform(0.1e9, 2e9))
    yield _limited(f"{size / 1e9:.2f} GB of memory", (resource.RLIMIT_AS, size))


@contextlib.contextmanager
def clock_turned_back(scene):
    """The time of day jumps back by a year, before the run or in its midst."""
    after = scene.rng.choice((0, scene.rng.uniform(0, scene.seconds)))
    plan = {"by": -3.2e7, "after": after}
    yield Disturbance(f"the clock a year back after {after:.2f} s", {"clock": plan})


@contextlib.contextmanager
def files_of_the_future(scene):
    """What was made before bears a time to come: the clock was wrong then."""
    then = time.time() + scene.rng.uniform(1e3, 1e8)
    if scene.job:  # Snakemake makes again what is older than its input, and rightly so
        for path in scene.results.rglob("*"):
            os.utime(path, (then, then))
    yield Disturbance("files from the future")
