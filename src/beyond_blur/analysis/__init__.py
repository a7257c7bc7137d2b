"""What a process leaves of an image: spectra, aligned levels, terminal amplitudes."""
