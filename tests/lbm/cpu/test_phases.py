"""Phases of waves on the CPU, advanced without a sine."""

import numpy as np

from beyond_blur.lbm.cpu.phases import SYNC, advance_phases, phases_at_rest


def test_phases_advanced_in_single_precision_stay_exact():
    """The CPU turns each wave by a rounded step, and exactly every so many steps."""
    rates = np.linspace(0, 3, 32)
    phases = phases_at_rest(rates)
    for count in range(20 * SYNC + 1):
        advance_phases(phases, count)
        exact = np.cos(rates * count), np.sin(rates * count)
        bar = 1e-7 if count % SYNC == 0 else 2e-5
        np.testing.assert_allclose(phases.turn, exact, atol=bar)
