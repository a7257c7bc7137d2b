"""Pairs in, averaged weights out."""
