"""Corrupt, train, sample, measure: the whole way of an image in 25 lines."""

import numpy as np
import torch
from sklearn.datasets import load_digits

import beyond_blur as bb

digits = torch.from_numpy(load_digits().images[:, None] / 16).float()  # (1797, 1, 8, 8) in [0, 1]
seen, held_out = digits[:1200], digits[1200:]

# An experiment is a preset with changes on top; a process is built from its options.
changes = {"preset": "tiny", "processes": [{"kind": "heat_dissipation"}]}
experiment = bb.load_experiment(changes)
process = bb.build_process(experiment.processes[0], experiment.levels)

# Corrupt: eight digits blurred by 2 pixels (level 2) and carried by a flow of their own each.
way = bb.Trajectory(blur_widths=(0.0, 1.0, 2.0), peclet=0.1)
corrupted = bb.corrupt(seen[:8].numpy(), way, seeds=np.arange(8), keep=np.full((8, 1), 2))[:, 0]

# Train: f(x_k, k) learns the step back.
network = bb.UNet(experiment.network, image_channels=1)
network = bb.train(process, network, {"images": seen}, experiment.training)

# Sample: from blurred digits that the network has never seen, back to images.
noise = bb.SampleNoise(0, list(range(100)))
samples = bb.sample(process, network, {"images": held_out[:100]}, noise).clamp(0, 1)

# Measure: here on pixels; features of a network are better.
pixels = samples.flatten(1).numpy(), held_out.flatten(1).numpy()
metrics = bb.measure(*pixels, nearest_k=5, seed=0)
print({name: round(metrics[name], 3) for name in ("frechet_distance", "precision", "recall")})
