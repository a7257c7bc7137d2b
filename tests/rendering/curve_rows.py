"""Rows of metrics files behind curves over network calls or delta."""


def metrics_row(calls, peclet=None, images="samples"):
    names = ("precision", "recall", "density", "coverage", "kernel_distance")
    return {"process": "a_b", "peclet": peclet, "prior": "train", "images": images, "seed": 0,
            "training_seed": 0,
            "extractor": "classifier", "nearest_k": 3, "n_samples": 9, "n_reference": 8,
            "reference": "held_out", "frechet_distance": 100 / calls, "frechet_infinity": 1.0,
            "kernel_standard_error": 0.1, "frechet_standard_error": 0.2, "feature_dim": 2,
            "frechet_sizes": [5, 9], "frechet_by_size": [110 / calls, 100 / calls],
            **dict.fromkeys(names, calls / 100)}  # fmt: skip
