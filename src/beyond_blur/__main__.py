"""``python -m beyond_blur``: one verb per rule of the workflow."""

from beyond_blur.cli import main

if __name__ == "__main__":
    main()
