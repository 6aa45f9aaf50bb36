"""How files travel beside messages: what is sent waits in the store of files, an answer names what to send."""

from typing import Annotated

from marshmallow.validate import Range, Regexp

from chassis.wire import message

INCOMING = "incoming"  # the folder of uploads: whoever put one there removes it after the call that names it
UPLOADS_KEPT_SECONDS = 3600  # of one whose sender died; far longer than any upload and its call take

Upload = Annotated[str, Regexp(rf"{INCOMING}/[0-9a-f]{{32}}\Z", error="Must be an upload that waits in the store.")]


@message
class Content:
    """A file to be sent: what is in the store at `path`, or the `text` itself.

    `etag` is another one whenever a byte is. With a `file_name` it is to be saved under that name; without one it is
    shown, which only what a browser runs nothing of may be.
    """

    media_type: str
    etag: str
    path: str | None = None
    text: str | None = None
    file_name: str = ""


@message
class Packed:
    """One file of an archive: `name` with the folders above it, slashes between."""

    name: str
    path: str
    size: Annotated[int, Range(min=0)]


@message
class Archive:
    """Files of the store to be sent as one zip, made while it is sent."""

    file_name: str
    files: tuple[Packed, ...]
