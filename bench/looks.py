"""How far apart the looks of pictures are: copies of one picture, and pictures that have nothing to do with each other.

`python -m bench.looks`. Every picture is drawn from a number (`tests.pictures`), is looked at as one that is taken in
(`workflow.picture_child`), and compared with its original. The figures stand in docs/media.md.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import combinations

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from tests.pictures import as_bytes, scene
from workflow.picture_child import bare_of, looks_of
from workflow.rules.media import ALIKE, distance

COPIES = 30
STRANGERS = 120
WIDTH, HEIGHT = 600, 400
Change = Callable[[Image.Image], bytes]


def _crop(share: float) -> Change:
    def cut(picture: Image.Image) -> bytes:
        across, down = round(picture.width * share / 2), round(picture.height * share / 2)
        return as_bytes(picture.crop((across, down, picture.width - across, picture.height - down)))

    return cut


def _resize(share: float) -> Change:
    return lambda picture: as_bytes(picture.resize((round(WIDTH * share), round(HEIGHT * share))))


def _quality(quality: int) -> Change:
    return lambda picture: as_bytes(picture, quality=quality)


def _light(factor: float) -> Change:
    return lambda picture: as_bytes(ImageEnhance.Brightness(picture).enhance(factor))


def _captioned(picture: Image.Image) -> bytes:
    copy = picture.copy()
    ImageDraw.Draw(copy).rectangle((0, HEIGHT * 0.88, WIDTH, HEIGHT), fill="black")
    return as_bytes(copy)


CHANGES: dict[str, Change] = {
    "saved again as JPEG, quality 75": _quality(75),
    "saved again as JPEG, quality 20": _quality(20),
    "saved as PNG": lambda picture: as_bytes(picture, "PNG"),
    "saved as GIF (256 colours)": lambda picture: as_bytes(picture, "GIF"),
    "half the size": _resize(0.5),
    "a fifth of the size": _resize(0.2),
    "a third darker": _light(0.67),
    "a third brighter": _light(1.33),
    "without its colours": lambda picture: as_bytes(ImageOps.grayscale(picture)),
    "blurred": lambda picture: as_bytes(picture.filter(ImageFilter.GaussianBlur(3))),
    "a black bar over the lowest eighth": _captioned,
    "2 % cut off": _crop(0.02),
    "5 % cut off": _crop(0.05),
    "10 % cut off": _crop(0.10),
    "20 % cut off": _crop(0.20),
    "turned by 2 degrees": lambda picture: as_bytes(picture.rotate(2, Image.Resampling.BICUBIC)),
    "turned by 5 degrees": lambda picture: as_bytes(picture.rotate(5, Image.Resampling.BICUBIC)),
    "turned by 90 degrees": lambda picture: as_bytes(picture.rotate(90, expand=True)),
    "mirrored": lambda picture: as_bytes(ImageOps.mirror(picture)),
}


def _looks(content: bytes) -> tuple[str, ...]:
    with Image.open(io.BytesIO(content)) as picture:
        return looks_of(bare_of(picture))


def _nearest(known: tuple[str, ...], copy: tuple[str, ...]) -> int:
    """As at intake: the copy is turned and mirrored, the one that is known is not. 256 where one has no looks."""
    return min((distance(known[0], one) for one in copy), default=256) if known else 256


def main() -> None:
    """Print one line for each change, and one for strangers."""
    originals = [scene(number, WIDTH, HEIGHT) for number in range(1000, 1000 + COPIES)]
    hashes = [_looks(as_bytes(one)) for one in originals]
    print(f"{'what was done':40s} {'median':>7s} {'largest':>8s} {'found':>7s}")
    for name, change in CHANGES.items():
        pairs = [(known, _looks(change(one))) for known, one in zip(hashes, originals, strict=True)]
        far = sorted(_nearest(known, copy) for known, copy in pairs)
        found = sum(one <= ALIKE for one in far)
        print(f"{name:40s} {far[len(far) // 2]:7d} {far[-1]:8d} {found / len(far):7.0%}")
    strangers = [_looks(as_bytes(scene(number, 300, 200))) for number in range(STRANGERS)]
    apart = sorted(_nearest(one, other) for one, other in combinations(filter(None, strangers), 2))
    print(f"strangers: {len(apart):,} pairs, nearest {apart[0]}, median {apart[len(apart) // 2]}")
    print(f"taken for the same: {sum(one <= ALIKE for one in apart)}")


if __name__ == "__main__":
    main()
