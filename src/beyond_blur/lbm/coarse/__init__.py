"""Coarser lattices for late levels: what is smooth needs fewer cells and fewer steps."""
