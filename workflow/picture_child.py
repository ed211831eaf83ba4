"""The child process in which a picture is opened: `python -m workflow.picture_child`, started by `workflow.pictures`.

A picture from outside is input for decoders written in C. Here they run with a cap on memory and processor time, no
file to write to and none of the console's environment; if one dies, a child dies. One picture comes in, and what leaves
is made from its pixels alone: no place, no camera, no comment, no colour profile, nothing that was hung on behind the
end. It stores nothing and reaches no network.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import pdqhash
from PIL import Image, ImageCms, ImageOps, ImageSequence

from data.children import read_frame, write_frame
from data.errors import BadInput
from workflow.rules.media import (
    LEAST_QUALITY,
    MOST_BYTES,
    MOST_SIDE,
    alike,
    refusal_of_size,
    type_of,
)

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 20
# Written anew with the first of these that fits (ours): 92 is past what an eye tells apart.
QUALITIES = (92, 85, 75)
# PDQ looks at 64x64 averages; its makers shrink to this first, too.
LOOKS_AT = 512
# Of 256 steps of grey (ours): below it there is only noise to stretch.
LEAST_RANGE = 48


@dataclass(frozen=True)
class Remade:
    """A picture made anew: its bytes, what they are, how each scene of it looks, and how it would look turned over."""

    content: bytes
    type: str
    width: int
    height: int
    looks: tuple[str, ...]
    turned: tuple[str, ...]
    remark: str


def main(jobs: IO[bytes], answers: IO[bytes]) -> None:
    """Answer one job."""
    for what, most in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
        resource.setrlimit(what, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    given = read_frame(jobs, MOST_BYTES)
    if given is None:
        return
    head, content = _answer(given)
    write_frame(answers, json.dumps(head).encode())
    write_frame(answers, content)


def _answer(given: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        made = remake(given)
    except BadInput as error:
        return {"refused": error.message, "cause": error.cause}, b""
    except Exception as error:  # noqa: BLE001 - this process's edge: whatever a picture breaks is told to the parent
        return {"broken": repr(error)[:300]}, b""
    return {name: value for name, value in vars(made).items() if name != "content"}, made.content


def remake(given: bytes) -> Remade:
    """The picture made anew from its pixels, upright, in the type that its first bytes say. BadInput says why not."""
    kind = type_of(given)
    with _begun(given, kind) as picture:
        frames = getattr(picture, "n_frames", 1) if kind == "GIF" else 1
        refusal = refusal_of_size(*picture.size, frames)
        if refusal:
            raise BadInput(refusal)
        if kind == "GIF" and frames > 1:
            return _moving(picture)
        return _still(picture, kind)


def _begun(given: bytes, kind: str) -> Image.Image:
    """The head of the file is read, nothing is unpacked yet."""
    try:
        return Image.open(io.BytesIO(given), formats=[kind])
    except Image.DecompressionBombError as error:  # far beyond our own limit
        raise BadInput(refusal_of_size(MOST_SIDE + 1, MOST_SIDE + 1, 1), cause=str(error)) from error


def _still(picture: Image.Image, kind: str) -> Remade:
    moves = kind != "GIF" and getattr(picture, "is_animated", False) and picture.format != "MPO"
    picture.load()
    clean = bare_of(ImageOps.exif_transpose(_in_srgb(picture)))
    content = _written(clean, kind)
    looks = looks_of(clean)
    seen = looks[:1], looks[1:]
    remark = (
        f"Only the first frame of this animated {kind} is kept. Save it as a GIF to keep it moving." if moves else ""
    )
    return Remade(content, kind, clean.width, clean.height, *seen, remark)


def _in_srgb(picture: Image.Image) -> Image.Image:
    """The colours as a platform without the picture's own profile shows them, before that profile is left out."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return picture
    turned = picture.getexif().get(0x0112)
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        made = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture  # a broken profile: the numbers as they are
    if made is None:
        return picture
    if turned is not None:
        made.getexif()[0x0112] = turned
    return made


def bare_of(picture: Image.Image) -> Image.Image:
    """Pixels and nothing else, in a mode that all four types can hold."""
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        picture = _eight_bits(picture)
    wanted = "RGBA" if picture.has_transparency_data else "L" if picture.mode in ("1", "L") else "RGB"
    bare = picture.convert(wanted)
    if bare is picture:
        bare = picture.copy()
    bare.info = {}
    return bare


def _eight_bits(picture: Image.Image) -> Image.Image:
    numbers = np.asarray(picture, dtype=np.float32)
    scale = 257.0 if numbers.max(initial=0) > 255 else 1.0
    return Image.fromarray(np.clip(numbers / scale, 0, 255).astype(np.uint8))


def _written(clean: Image.Image, kind: str) -> bytes:
    """The file that would be sent. BadInput where even the plainest is too large."""
    if kind == "JPEG" and clean.mode == "RGBA":
        clean = clean.convert("RGB")
    ways: tuple[dict[str, Any], ...] = ({},)
    if kind in ("JPEG", "WEBP"):
        ways = tuple({"quality": quality} for quality in QUALITIES)
    for way in ways:
        target = io.BytesIO()
        clean.save(target, kind, **way)
        if target.tell() <= MOST_BYTES:
            return target.getvalue()
    raise BadInput("Written anew the picture is too large. Save it smaller, or as JPEG, then add it again.")


def _moving(picture: Image.Image) -> Remade:
    """An animation, frame by frame; each scene in it is remembered by its looks."""
    times: list[int] = []
    looks: list[str] = []
    turned: list[str] = []

    def frames() -> Iterator[Image.Image]:
        for frame in ImageSequence.Iterator(picture):
            times.append(int(frame.info.get("duration", 100)))
            bare = bare_of(frame)
            found = looks_of(bare)
            if found and not alike(found[:1], looks[-1:]):
                looks.append(found[0])
                turned.extend(found[1:])
            yield bare

    every = list(frames())
    target = io.BytesIO()
    loop = picture.info.get("loop")
    round_and_round = {} if loop is None else {"loop": int(loop)}
    every[0].save(target, "GIF", save_all=True, append_images=every[1:], duration=times, disposal=2, **round_and_round)
    if target.tell() > MOST_BYTES:
        raise BadInput("Written anew the animation is too large. Shorten it or make it smaller, then add it again.")
    return Remade(target.getvalue(), "GIF", *picture.size, tuple(dict.fromkeys(looks)), tuple(turned), "")


def looks_of(picture: Image.Image) -> tuple[str, ...]:
    """How it looks, 64 hexadecimal digits each: as it is, then turned and mirrored in the seven other ways.

    Empty for a picture too plain to be told from another plain one.
    """
    large = max(picture.size) > LOOKS_AT
    small = (ImageOps.contain(picture, (LOOKS_AT, LOOKS_AT)) if large else picture).convert("RGBA")
    # Behind what one can see through a platform shows white, or something else; we look at white.
    flat = Image.new("RGBA", small.size, "white")
    flat.alpha_composite(small)
    seen = flat.convert("L")
    ways, quality = pdqhash.compute_dihedral(np.asarray(_stretched(seen).convert("RGB")))
    if quality < LEAST_QUALITY:
        return ()
    return tuple(f"{int(''.join(str(int(bit)) for bit in bits), 2):064x}" for bits in ways)


def _stretched(grey: Image.Image) -> Image.Image:
    """The same from black to white: a darkened copy would else count as too plain to be told from another one."""
    numbers = np.asarray(grey)
    return ImageOps.autocontrast(grey) if int(numbers.max()) - int(numbers.min()) >= LEAST_RANGE else grey


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
