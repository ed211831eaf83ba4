"""Pictures for tests, drawn from a number: no file of anybody's is kept in the repository."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import numpy as np
from PIL import Image, ImageDraw


@cache
def scene(number: int, width: int = 400, height: int = 300) -> Image.Image:
    """A landscape of sorts: a soft sky with the grain of a photograph, and some shapes in it."""
    random = np.random.default_rng(number)
    coarse = [Image.fromarray(random.integers(0, 256, (n, n, 3), dtype=np.uint8)) for n in (3, 6, 12, 24, 48)]
    layers = [np.asarray(one.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32) for one in coarse]
    soft = sum(layer / 2**depth for depth, layer in enumerate(layers))
    picture = Image.fromarray(np.clip(soft / 2, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for _ in range(6):
        x, y = int(random.integers(0, width)), int(random.integers(0, height))
        size, colour = int(random.integers(width // 20, width // 5)), tuple(int(c) for c in random.integers(0, 256, 3))
        (draw.ellipse if size % 2 else draw.rectangle)((x, y, x + size, y + size), fill=colour)
    return picture


def as_bytes(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """The picture as a file."""
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()
