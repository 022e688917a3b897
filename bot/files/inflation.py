"""Deflate streams in pieces of bounded size."""

from collections.abc import Iterator
from typing import Final, cast

from isal import igzip_lib

from bot.model.errors import FileBroken

PIECE: Final = 1536 * 1024
"""Bytes that a stage hands on at once, at most.

Behind each of these calls the interpreter's lock changes hands, and a thread that has to wait
for it is put to sleep: with pieces of a tenth, that cost as much time as a tenth of all the work.
"""

SLICE: Final = 256 * 1024
"""Packed bytes given to the library at once: what is unused behind a stream's end is copied."""

INCOMPLETE: Final = "The file arrived incomplete."

IsalError = cast("type[Exception]", igzip_lib.IsalError)  # its stub describes it as an instance


def inflate(
    stream: igzip_lib.IgzipDecompressor, data: memoryview, position: int
) -> Iterator[bytes]:
    """What `data` unpacks to, in pieces of at most `PIECE` bytes.

    Afterwards `stream.eof` says whether the stream has ended inside `data`, and
    `stream.unused_data` holds what follows it.

    Args:
        stream: at its beginning or behind earlier data.
        data: at most `SLICE` bytes.
        position: of `data` in the transfer, for the error.

    Raises:
        FileBroken: not deflate, or its checksum does not match.
    """
    try:
        while True:
            piece = stream.decompress(data, PIECE)
            if piece:
                yield piece
            if stream.eof or stream.needs_input:
                return
            data = memoryview(b"")
    except IsalError as error:
        raise FileBroken(detail=f"cannot be unpacked near byte {position}: {error}") from error
