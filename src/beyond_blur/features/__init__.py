"""Feature extractors: image sets, uint8 (n, c, h, w), to feature vectors, float32 (n, d).

Importing this package imports no torch; each extractor's file does, when it is built.
"""

from beyond_blur.features.extractor import (
    EXTRACTORS,
    Extractor,
    build_extractor,
    is_fid,
    load_extractor,
)

__all__ = ["EXTRACTORS", "Extractor", "build_extractor", "is_fid", "load_extractor"]
