"""``python -m beyond_blur``, ``beyond-blur``: one verb per rule of the workflow."""

import signal
import sys


def run() -> None:
    """Run the verb that the command line names."""
    try:
        from beyond_blur.cli import main
    except KeyboardInterrupt:  # before a verb began: there is nothing to say but that
        sys.exit(130)
    main()
    # The verb's work is done and whole; Ctrl-C would only litter the end of Python itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    run()
