"""Undoes the packing of an answer's body – gzip, deflate, Brotli, Zstandard, or several on top of each other.

Apart from `fetch.py` because it knows no network. A packed body can be a bomb, so every layer is unpacked a piece at
a time and only as somebody asks for more: neither what comes in, nor what any layer gives out, passes the cap.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator

import brotli
import zstandard

ACCEPTED = "gzip, deflate, br, zstd"
MOST_LAYERS = 3  # ours: one is usual, and two happen behind a careless proxy
# No single step gives out more than this; Zstandard knows no such limit, so it is put in bit by bit: four bytes make
# 128 KB at most, hence a bit two megabytes.
PIECE = 64 * 1024
ZSTD_BIT = 64
# The window that RFC 9659 lets a Zstandard body ask for on the web; Brotli's own limit is 16 MB.
ZSTD_WINDOW = 8 * 1024 * 1024


class TooMuch(Exception):
    """The body, or a layer of it, is larger than the cap."""


class Damaged(Exception):
    """The body is not packed as it says, or ends too early."""


class UnknownPacking(Exception):
    """The body is packed in a way that was not asked for."""


def unpacked(raw: Iterable[bytes], encoding: str, cap: int) -> Iterator[bytes]:
    """The pieces of what `raw` holds, by its Content-Encoding. Raises `TooMuch`, `Damaged` or `UnknownPacking`."""
    names = [name.strip().casefold() for name in encoding.split(",")]
    layers = [name for name in names if name not in ("", "identity")]
    if len(layers) > MOST_LAYERS or any(name not in _UNPACK for name in layers):
        raise UnknownPacking(f"Content-Encoding {encoding[:80]!r}")
    pieces = _counted(raw, cap)
    for name in reversed(layers):
        pieces = _counted(_UNPACK[name](pieces), cap)
    return pieces


def _counted(pieces: Iterable[bytes], cap: int) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > cap:
            raise TooMuch(f"over {cap} bytes")
        yield piece


def _gzip(packed: Iterable[bytes]) -> Iterator[bytes]:
    """gzip or zlib, told apart by the first bytes. What follows the end of the packed stream is dropped."""
    return _zlib(packed, zlib.decompressobj(wbits=47))


def _deflate(packed: Iterable[bytes]) -> Iterator[bytes]:
    """zlib, as the standard says, or bare deflate, as some servers send it."""
    source = iter(packed)
    first = next((piece for piece in source if piece), b"")
    wrapped = len(first) < 2 or (first[0] & 0x0F == 8 and int.from_bytes(first[:2]) % 31 == 0)
    return _zlib(_again(first, source), zlib.decompressobj(wbits=15 if wrapped else -15))


def _again(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _zlib(packed: Iterable[bytes], stream: zlib._Decompress) -> Iterator[bytes]:
    began = False
    try:
        for chunk in packed:
            waiting = chunk
            while waiting and not stream.eof:
                began = True
                yield stream.decompress(waiting, PIECE)
                waiting = stream.unconsumed_tail
    except zlib.error as error:
        raise Damaged(repr(error)) from error
    while began and not stream.eof:  # what the last chunk still had to give
        piece = stream.decompress(b"", PIECE)
        if not piece:
            raise Damaged("the packed stream ends too early")
        yield piece


def _brotli(packed: Iterable[bytes]) -> Iterator[bytes]:
    stream, began = brotli.Decompressor(), False
    try:
        for chunk in packed:
            if not chunk or stream.is_finished():
                continue
            began = True
            piece = stream.process(chunk, output_buffer_limit=PIECE)
            while piece:  # it keeps what did not fit, and gives it when nothing more is put in
                yield piece
                piece = stream.process(b"", output_buffer_limit=PIECE)
    except brotli.error as error:
        raise Damaged(repr(error)) from error
    if began and not stream.is_finished():
        raise Damaged("the packed stream ends too early")


def _zstd(packed: Iterable[bytes]) -> Iterator[bytes]:
    """Frame after frame. Its streaming reader would cap the output itself, but takes half a stream for a whole one."""
    opener = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
    stream, began = opener.decompressobj(), False
    try:
        for bit in _bits(packed):
            began, rest = True, bit
            while rest:
                if stream.eof:
                    stream = opener.decompressobj()
                yield stream.decompress(rest)
                rest = stream.unused_data
    except zstandard.ZstdError as error:
        raise Damaged(repr(error)) from error
    if began and not stream.eof:
        raise Damaged("the packed stream ends too early")


def _bits(packed: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in packed:
        yield from (chunk[at : at + ZSTD_BIT] for at in range(0, len(chunk), ZSTD_BIT))


_UNPACK: dict[str, Callable[[Iterable[bytes]], Iterator[bytes]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
