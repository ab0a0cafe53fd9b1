"""Pictures and sounds, made without a library: small, valid, and of the size asked for."""

from __future__ import annotations

import struct
import zlib
from random import Random

_MP3_FRAME = b"\xff\xfb\x90\xc4" + b"\x00" * 413
"""A silent frame of MPEG-1 layer III: 128 kbit/s, 44.1 kHz, 26 ms."""
_RATE = 24_000
"""Samples a second of the PCM that the vendors' speech models give."""


def png(width: int, height: int, random: Random) -> bytes:
    """A picture of one colour, from a palette, so that large ones stay small."""
    palette = bytes(random.choices(range(256), k=3))
    rows = (b"\x00" * (1 + (width + 7) // 8)) * height
    head = struct.pack(">IIBBBBB", width, height, 1, 3, 0, 0, 0)
    data = zlib.compress(rows, 1)
    chunks = ((b"IHDR", head), (b"PLTE", palette), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def mp3(seconds: float) -> bytes:
    """Silence in MP3."""
    return _MP3_FRAME * max(1, round(seconds / 0.026))


def pcm(seconds: float) -> bytes:
    """Silence in 16-bit samples, 24,000 a second."""
    return b"\x00\x00" * round(seconds * _RATE)


def wav(seconds: float) -> bytes:
    """Silence in a WAV file."""
    samples = pcm(seconds)
    form = struct.pack("<IHHIIHH", 16, 1, 1, _RATE, _RATE * 2, 2, 16)
    data = b"WAVEfmt " + form + b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(data)) + data
