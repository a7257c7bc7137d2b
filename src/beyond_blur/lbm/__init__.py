"""Lattice-Boltzmann solver of the advection-diffusion equation."""
