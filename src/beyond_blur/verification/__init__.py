"""Finished results against what they should be: damaged, foreign, stale, missing, left over."""
