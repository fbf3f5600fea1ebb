"""What goes through the pipes between a gateway and its rules process: frames of a bounded length.

A frame is four bytes of length and so many bytes. A question is three frames: a heading in JSON, the rule
file, and the sheet beside it. An answer is two: a heading in JSON, and the encoded answers. Nothing is
unpickled: what a broken process writes can be refused, and do nothing.
"""

import json
import struct
from collections.abc import Callable, Mapping
from typing import Any, Final

FRAME_MOST: Final = 32_000_000
LENGTH: Final = struct.Struct(">I")


class BadFrame(ValueError):
    """What came through the pipe is no frame."""


def framed(content: bytes) -> bytes:
    """The content with its length before it."""
    if len(content) > FRAME_MOST:
        raise BadFrame(f"{len(content):,} bytes are more than the {FRAME_MOST:,} of a frame")
    return LENGTH.pack(len(content)) + content


def heading(of: Mapping[str, object]) -> bytes:
    """The heading as a frame."""
    return framed(json.dumps(of).encode())


def length_of(prefix: bytes) -> int:
    """How long the content after these four bytes is. Raises BadFrame."""
    (length,) = LENGTH.unpack(prefix)
    if length > FRAME_MOST:
        raise BadFrame(f"a frame of {length:,} bytes was announced; {FRAME_MOST:,} are the most")
    return int(length)


def heading_in(content: bytes) -> dict[str, Any]:
    """The heading. Raises BadFrame where it is none."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as failed:
        raise BadFrame(f"a heading cannot be read: {failed}") from failed
    if not isinstance(found, dict):
        raise BadFrame("a heading cannot be read: it is no object")
    return found


def read_frame(read: Callable[[int], bytes]) -> bytes | None:
    """The next frame, or None when the other side has gone. Raises BadFrame."""
    prefix = read(LENGTH.size)
    if len(prefix) < LENGTH.size:
        return None
    length = length_of(prefix)
    content = read(length)
    return content if len(content) == length else None
