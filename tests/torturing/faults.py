"""The faults that trials are drawn from: one line each."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass

from torturing import kills, surroundings


@dataclass(frozen=True)
class Fault:
    """One kind of fault.

    Attributes
    ----------
    disturb : callable
        A context manager: from a scene, what is done to the run; afterwards it is lifted.
    weight : int
        How often it is drawn.
    workflow : bool
        Whether the whole workflow can be its victim, beside single verbs.
    own_disk : bool
        Whether results have a file system of their own; that takes root.
    """

    disturb: Callable
    weight: int = 1
    workflow: bool = False
    own_disk: bool = False

    @property
    def lacks(self):
        """What this machine lacks for it; empty if nothing."""
        if self.own_disk and (os.geteuid() != 0 or not shutil.which("mount")):
            return "mounting a small disk takes root"
        as_root = os.geteuid() == 0 and not shutil.which("setpriv")
        if as_root and self.disturb.__name__.startswith("read_only"):
            return "root may write everywhere, and setpriv, which takes that right, is not there"
        return ""


FAULTS = {
    "signal": Fault(kills.at_a_moment, 5, workflow=True),
    "signal_at_rename": Fault(kills.at_a_rename, 6, workflow=True),
    "signal_during_write": Fault(kills.during_a_write, 4, workflow=True),
    "two_runs": Fault(kills.second_run, 2, workflow=True),
    "full_disk": Fault(surroundings.full_disk, 3, workflow=True, own_disk=True),
    "no_inodes": Fault(surroundings.no_inodes, own_disk=True),
    "read_only_disk": Fault(surroundings.read_only_disk, own_disk=True),
    "another_disk": Fault(surroundings.another_disk, workflow=True, own_disk=True),
    "read_only_results": Fault(surroundings.read_only_results),
    "read_only_source_and_home": Fault(surroundings.read_only_source_and_home),
    "file_size": Fault(surroundings.file_size, 2),
    "few_open_files": Fault(surroundings.few_open_files),
    "little_memory": Fault(surroundings.little_memory, 2),
    "clock_back": Fault(surroundings.clock_turned_back, workflow=True),
    "files_of_the_future": Fault(surroundings.files_of_the_future),
}
