"""Small files in the forms that owners of data sets publish."""

import io
import json
import pickle
import tarfile
import zipfile

import numpy as np
from PIL import Image

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def pictures(n, size=8, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, size, size, 3), dtype=np.uint8)


def png(pixels):
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()


def write_tar(path, members, mode="w:gz"):
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def write_zip(path, members, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def cifar(version, n=4):
    """The members of CIFAR-10's archives, and the pixels and labels in their order."""
    pixels = pictures(6 * n, 32).transpose(0, 3, 1, 2)
    labels = np.arange(6 * n, dtype=np.uint8) % 10
    members = {}
    for i in range(6):
        rows = slice(i * n, (i + 1) * n)
        name = "test_batch" if i == 5 else f"data_batch_{i + 1}"
        flat = pixels[rows].reshape(n, -1)
        if version == "binary":
            content = np.concatenate([labels[rows, None], flat], axis=1).tobytes()
            members[f"cifar-10-batches-bin/{name}.bin"] = content
        else:
            values = {b"labels": labels[rows].tolist(), b"data": flat, b"filenames": [b"a.png"] * n}
            members[f"cifar-10-batches-py/{name}"] = pickle.dumps(values, 2)
    if version == "binary":
        members["cifar-10-batches-bin/batches.meta.txt"] = "\n".join([*CLASSES, ""]).encode()
    else:
        names = {b"label_names": [name.encode() for name in CLASSES]}
        members["cifar-10-batches-py/batches.meta"] = pickle.dumps(names, 2)
    return members, pixels, labels


def edm(n=6):
    """The members of a zip as EDM makes them, and its pictures."""
    made = pictures(n)
    names = [f"00000/img{i:08d}.png" for i in range(n)]
    labels = json.dumps({"labels": [[name, i % 3] for i, name in enumerate(names)]})
    return {"dataset.json": labels.encode()} | dict(zip(names, map(png, made), strict=True)), made
