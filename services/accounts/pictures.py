"""Any picture somebody sends into a square photo of ours in every size (R-PHOTO-2); only its pixels come through.

Importing this costs nine megabytes; decoding takes hundreds of milliseconds of a core and up to 400 MB.
"""

from io import BytesIO
from typing import NamedTuple

from PIL import Image, JpegImagePlugin, PngImagePlugin, UnidentifiedImageError, WebPImagePlugin

from chassis.errors import wrong
from contracts.accounts import PHOTO_SIZES

MAX_BYTES = 5 * 1024 * 1024  # R-PHOTO-2
MAX_PIXELS = 40_000_000  # of the picture as sent; at four bytes each
LARGEST = max(PHOTO_SIZES)
QUALITY = 82  # of 100; what no eye tells from the original at these sizes
ORIENTATION = 0x0112  # the EXIF tag
# How the pixels as stored become upright, by that tag's value.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = frozenset((5, 6, 7, 8))  # of those, the ones that exchange width and height
SMOOTH = frozenset(("RGB", "RGBA", "L", "LA", "CMYK"))  # modes whose pixels can be averaged as they are
# By content, whatever name or header came with it; each plugin is imported by name, Pillow loads no other for us.
FORMATS = (
    JpegImagePlugin.JpegImageFile.format,
    PngImagePlugin.PngImageFile.format,
    WebPImagePlugin.WebPImageFile.format,
)

Image.MAX_IMAGE_PIXELS = None  # `_opened` refuses before anything is decoded, in our words


class Square(NamedTuple):
    """A part of the upright picture, in its pixels."""

    x: int
    y: int
    size: int


def make(content: bytes, wanted: Square | None) -> dict[int, bytes]:
    """WebP files by size; of an animation its first picture. Raises Invalid about `photo`, or about the square."""
    with _opened(content) as image:
        try:
            orientation = image.getexif().get(ORIENTATION, 1)
        except Exception:  # noqa: BLE001 (a damaged tag is no reason to refuse the picture)
            orientation = 1
        width, height = reversed(image.size) if orientation in SIDEWAYS else image.size
        square = _within(width, height, wanted)
        try:
            photo = _cut(image, orientation, width, height, square)
        except Exception as exc:  # (whatever a decoder finds in a file made to break it)
            raise wrong("photo", "The picture is damaged or cut short; save it anew and send that.") from exc
    return {size: _webp(photo, size) for size in PHOTO_SIZES}


def _opened(content: bytes) -> Image.Image:
    try:
        image = Image.open(BytesIO(content), formats=[name for name in FORMATS if name])
    except UnidentifiedImageError as exc:
        raise wrong("photo", "This is no JPEG, PNG or WebP picture.") from exc
    except Exception as exc:
        raise wrong("photo", "The picture is damaged; save it anew and send that.") from exc
    if image.width * image.height > MAX_PIXELS:
        raise wrong("photo", f"A photo has at most {MAX_PIXELS // 1_000_000} megapixels; make it smaller.")
    return image


def _within(width: int, height: int, wanted: Square | None) -> Square:
    """The square asked for, or the largest one in the middle."""
    if wanted is None:
        size = min(width, height)
        return Square((width - size) // 2, (height - size) // 2, size)
    if wanted.x + wanted.size > width or wanted.y + wanted.size > height:
        raise wrong("size", f"The square reaches beyond the picture, which has {width} × {height} pixels.")
    return wanted


def _cut(image: Image.Image, orientation: int, width: int, height: int, square: Square) -> Image.Image:
    """The square upright in the largest size; turned after it is made small, not before."""
    left = width - square.x - square.size if orientation in {2, 3, 6, 7} else square.x
    top = height - square.y - square.size if orientation in {3, 4, 7, 8} else square.y
    if orientation in SIDEWAYS:
        left, top = top, left
    stored = image.width
    # A large JPEG is decoded at a half, a quarter or an eighth, as far as the square keeps its pixels.
    image.draft(None, (image.width * LARGEST // square.size, image.height * LARGEST // square.size))
    image.load()
    scale = image.width / stored
    if image.mode.startswith("I"):
        image = image.point(lambda value: value / 256).convert("L")  # 16 bits to 8, which convert alone would clip
    elif image.mode not in SMOOTH:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    box = (left * scale, top * scale, (left + square.size) * scale, (top + square.size) * scale)
    photo = image.resize((LARGEST, LARGEST), Image.Resampling.LANCZOS, box, reducing_gap=3.0)
    if orientation in UPRIGHT:
        photo = photo.transpose(UPRIGHT[orientation])
    photo = photo.convert("RGBA" if photo.has_transparency_data else "RGB")
    photo.info = {}  # colour profile, XMP, comments: all that is not pixels
    return photo


def _webp(photo: Image.Image, size: int) -> bytes:
    file = BytesIO()
    photo.resize((size, size), Image.Resampling.LANCZOS).save(file, "WEBP", quality=QUALITY)
    return file.getvalue()
