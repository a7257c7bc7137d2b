"""Rows as metrics files hold them, without measuring."""


def row(images="samples", process="flow", peclet=0.0, value=0.5, extractor="classifier", seed=0,
        prior="train", training_seed=0, **changes):  # fmt: skip
    numbers = dict.fromkeys(("precision", "recall", "density", "coverage"), value)
    distances = {"frechet_distance": 10 - value, "frechet_infinity": 9 - value,
                 "kernel_distance": 1 - value, "kernel_standard_error": 0.1,
                 "frechet_standard_error": 0.2, "sliced_distance": 20 - value,
                 "frechet_sizes": [5, 10], "frechet_by_size": [11 - value, 10 - value]}  # fmt: skip
    reference = "train" if prior == "held_out" else "held_out"
    facts = {"n_samples": 10, "n_reference": 9, "nearest_k": 5, "extractor": extractor,
             "feature_dim": 4, "reference": reference}  # fmt: skip
    return {"images": images, "process": process, "peclet": peclet, "prior": prior, "seed": seed,
            "training_seed": None if images == "train" else training_seed,
            **distances, **numbers, **facts, **changes}  # fmt: skip


ROWS = [
    row(peclet=0.1, value=0.5),
    row(peclet=0.1, value=0.7, seed=1),
    row(peclet=0.0, value=0.4),
    row(peclet=0.0, value=0.4, seed=1),
    *(row("prior", peclet=0.0, value=0.1, seed=seed) for seed in (0, 1)),
    *(row("train", None, None, value=0.9, prior=None, seed=seed) for seed in (0, 1)),
]


HELD_OUT = [
    row(peclet=0.1, value=0.9, prior="held_out", held_out_copy_share=0.2),
    row("prior", peclet=0.1, value=0.1, prior="held_out", held_out_copy_share=0.3),
]


EVERY_ROW = [
    *ROWS, *HELD_OUT, *({**one, "seed": 1} for one in HELD_OUT),
    *(row("one_step", value=0.3, seed=seed) for seed in (0, 1)),
    *(row(process="ddpm", peclet=None, prior="noise", value=0.8, seed=seed) for seed in (0, 1)),
]  # fmt: skip
