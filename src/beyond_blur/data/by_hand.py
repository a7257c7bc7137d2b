"""Sets that no program fetches: a page each, on what to get, and how it is checked and read."""

from __future__ import annotations

FFHQ = """\
FFHQ: 70,000 faces; Karras, Laine, Aila, CVPR 2019
  where    the Google Drive folders that the README of github.com/NVlabs/ffhq-dataset links to.
           Quota errors are common there: try again a day later, or ask colleagues for a copy.
  what     thumbnails128x128 (1.95 GB) for sizes up to 128, or images1024x1024 (89.1 GB); as they
           are: thumbnails128x128/00000/00000.png, ..., 69000/69999.png
  licence  the data set CC BY-NC-SA 4.0 (NVIDIA); every photograph has its own, in
           ffhq-dataset-v2.json; not for face recognition
  checks   ffhq-dataset-v2.json (267,793,842 bytes, md5 425ae20f06a4da1d4dc0f46d40ba5fd6) has
           file_md5 and pixel_md5 of every picture; this package does not compare them
  config   dataset: {kind: folder, path: .../thumbnails128x128, split: official}
           The first 60,000 are trained on, the last 10,000 held out.
"""

AFHQ = """\
AFHQ: faces of cats, dogs and wild animals; Choi et al., CVPR 2020
  where    the Dropbox link in download.sh of github.com/clovaai/stargan-v2; version 2 also as
           huggan/AFHQv2 at Hugging Face
  what     version 1: 16,130 JPEG files, 500 of each class held out; version 2: 15,803 PNG files,
           resized by Lanczos where version 1 took the nearest pixel. Numbers of the two do not
           compare. train/ beside test/ or val/, with cat/, dog/ and wild/ in each.
  licence  CC BY-NC 4.0
  checks   no checksums are published
  config   dataset: {kind: folder, path: .../afhq, split: official}
           The zip as it is downloaded: kind: archive. Parquet files: kind: parquet.
"""

PAGES: dict[str, str] = {"ffhq": FFHQ, "afhq": AFHQ}
"""What the verb ``fetch`` says of each."""
