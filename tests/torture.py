"""Faults drawn by seed, each done to a run of preset tiny, which is then run again and compared.

    python tests/torture.py --trials 100 --seed 0

A trial is passed if the disturbed run ended in time and without a traceback, with one line where
nothing but that line can say what was wrong, and if the same command, run again without the
disturbance, ends with the results of a run that was never disturbed: the same files, byte for byte,
and no others. Needs Linux; small disks need root and are left out without it.
"""

import argparse
import json
import shutil
import signal
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from torturing.faults import FAULTS
from torturing.reference import make_reference
from torturing.trial import run_trial


def options(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--trials", type=int, default=20, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument("--only", type=int, nargs="+", metavar="I", help="these trials of the seed")
    parser.add_argument("--kinds", nargs="+", choices=FAULTS, metavar="KIND",
                        help=f"of fault: {', '.join(FAULTS)}")  # fmt: skip
    parser.add_argument("--reference", metavar="FOLDER",
                        help="where the undisturbed run is, or is to be made and kept")  # fmt: skip
    parser.add_argument("--keep", action="store_true", help="keep folders of failed trials")
    parser.add_argument("--json", metavar="FILE", help="write every outcome, with what was said")
    return parser.parse_args(arguments)


def line(outcome):
    """What a person reads of one trial."""
    how = "ended as ever" if not outcome.struck else f"exit {outcome.exit}"
    end = "identical" if outcome.identical else "NOT IDENTICAL"
    complaints = "".join(f"\n      {complaint}" for complaint in outcome.complaints)
    return (f"{outcome.number:4} {outcome.fault}, {outcome.victim}: {outcome.words}: {how}; "
            f"again: {end} ({outcome.seconds:.0f} s){complaints}")  # fmt: skip


def summary(outcomes):
    """The counts, in all and by kind of fault."""

    def counts(some):
        passed = sum(not one.complaints for one in some)
        identical = sum(one.identical for one in some)
        struck = sum(one.struck for one in some)
        return (f"{identical} of {len(some)} identical, {passed} passed without complaint, "
                f"{struck} ended otherwise than undisturbed")  # fmt: skip

    lines = [f"in all: {counts(outcomes)}"]
    lines += [
        f"{kind}: {counts([one for one in outcomes if one.fault == kind])}"
        for kind in sorted({one.fault for one in outcomes})
    ]
    victims = Counter(one.victim for one in outcomes)
    lines.append("victims: " + ", ".join(f"{name} {n}" for name, n in sorted(victims.items())))
    return "\n".join(lines)


def torture(asked):
    """Make the trials that were asked for, and return their outcomes."""
    kinds = [kind for kind in asked.kinds or FAULTS if not FAULTS[kind].lacks]
    for kind in set(asked.kinds or FAULTS) - set(kinds):
        print(f"left out: {kind}: {FAULTS[kind].lacks}")
    with ExitStack() as stack:
        place = Path(tempfile.mkdtemp(prefix="torture-"))
        if not asked.keep:
            stack.callback(shutil.rmtree, place, ignore_errors=True)
        print(f"trials in {place}", flush=True)
        reference = make_reference(asked.reference or place / "reference")
        print(f"undisturbed: {len(reference.jobs)} jobs, {reference.seconds:.0f} s", flush=True)
        outcomes = []
        for number in asked.only or range(asked.trials):
            folder = place / f"trial-{number}"
            outcomes.append(run_trial(reference, folder, asked.seed, number, kinds))
            print(line(outcomes[-1]), flush=True)
            if asked.json:
                Path(asked.json).write_text(json.dumps([asdict(one) for one in outcomes], indent=1))
            if not (asked.keep and outcomes[-1].complaints):
                shutil.rmtree(folder, ignore_errors=True)
    return outcomes


def main(arguments=None):
    asked = options(arguments)
    # So that disks are unmounted and runs ended also where this script is told to stop.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    # A shell has its jobs in the background ignore SIGINT, and so would all that they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        outcomes = torture(asked)
    except RuntimeError as error:
        sys.exit(str(error))
    print(summary(outcomes))
    sys.exit(any(one.complaints for one in outcomes))


if __name__ == "__main__":
    main()
