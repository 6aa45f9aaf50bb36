"""Pictures for tests, drawn here: of one colour, or in four quarters, so that a crop and a turn can be told."""

import struct
import zlib
from io import BytesIO

from PIL import Image

QUARTERS = {"top left": "#e02020", "top right": "#20c020", "bottom left": "#2020e0", "bottom right": "#e0e020"}


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def quarters(width: int = 400, height: int = 400) -> Image.Image:
    """A picture of four colours, one in each quarter."""
    image = Image.new("RGB", (width, height))
    for name, colour in QUARTERS.items():
        left = width // 2 if "right" in name else 0
        top = height // 2 if "bottom" in name else 0
        image.paste(colour, (left, top, left + width // 2, top + height // 2))
    return image


def plain(colour: str = "#3366cc", kind: str = "PNG", size: tuple[int, int] = (300, 200)) -> bytes:
    return encoded(Image.new("RGB", size, colour), kind)


def read(file: bytes) -> Image.Image:
    image = Image.open(BytesIO(file))
    image.load()
    return image


def near(image: Image.Image, place: tuple[float, float], colour: str) -> bool:
    """Whether the picture has about this colour at a place given as shares of width and height."""
    found = image.convert("RGB").getpixel((int(place[0] * image.width), int(place[1] * image.height)))
    wanted = Image.new("RGB", (1, 1), colour).getpixel((0, 0))
    return all(abs(one - other) < 24 for one, other in zip(found, wanted, strict=True))


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header claims any size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )
