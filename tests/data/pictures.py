"""Files of images to read."""

import gzip
import struct
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

from beyond_blur.data import readers
from beyond_blur.data.decoding import decode_into, unreadable


def read_whole(dataset):
    """Pixels and labels of all images at the path of a dataset, in their order."""
    source = readers.open_source(dataset)
    shape = (len(source), dataset.channels, dataset.size, dataset.size)
    pixels = np.empty(shape, np.uint8)
    with ThreadPoolExecutor(1) as pool:
        errors = decode_into(pixels, source, range(len(source)), dataset.resize, pool)
    if errors:
        raise unreadable(list(errors.values()))
    return pixels, source.labels


def write_idx(path, values):
    header = b"\x00\x00\x08" + bytes([values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wb") as file:
        file.write(header + values.tobytes())


def write_pngs(folder, images):
    folder.mkdir(parents=True)
    for i, image in enumerate(images):
        pixels = image[0] if image.shape[0] == 1 else image.transpose(1, 2, 0)
        Image.fromarray(pixels).save(folder / f"{i:04d}.png")
    return folder
