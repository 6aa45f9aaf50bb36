"""R-PHOTO-2: what is sent becomes a square of ours or is refused about `photo`; nothing but pixels comes through."""

import io
import random
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

from chassis.errors import Invalid
from contracts.accounts import PHOTO_SIZES
from services.accounts import pictures
from services.accounts.pictures import MAX_PIXELS, ORIENTATION, Square
from tests.pictures import QUARTERS, encoded, near, plain, png_that_claims, quarters, read

GPS = 0x8825
MAKE = 0x010F
CENTRES = {
    "top left": (0.25, 0.25),
    "top right": (0.75, 0.25),
    "bottom left": (0.25, 0.75),
    "bottom right": (0.75, 0.75),
}


def made(content, square=None, size=128):
    return read(pictures.make(content, square)[size])


def looks_like(photo, *, shown=CENTRES):
    return all(near(photo, place, QUARTERS[name]) for name, place in shown.items())


def refused(content, square=None):
    with pytest.raises(Invalid) as told:
        pictures.make(content, square)
    (error,) = told.value.data["errors"]
    return error["field"], error["message"]


class TestWhatIsTaken:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_the_three_kinds_in_every_size(self, kind):
        files = pictures.make(encoded(quarters(), kind), None)

        assert tuple(files) == PHOTO_SIZES
        for size, file in files.items():
            photo = read(file)
            assert (photo.format, photo.size) == ("WEBP", (size, size))
            assert looks_like(photo)

    @pytest.mark.parametrize(("width", "height"), [(800, 400), (400, 800), (801, 401)])
    def test_without_a_square_the_middle_is_shown(self, width, height):
        photo = made(encoded(quarters(width, height)))

        assert looks_like(photo)

    def test_a_chosen_square_is_shown(self):
        photo = made(encoded(quarters(400, 400)), Square(210, 10, 180))

        assert looks_like(photo, shown={"top right": (0.05, 0.05)})
        assert looks_like(photo, shown={"top right": (0.95, 0.95)})

    def test_a_picture_of_one_pixel_is_a_picture(self):
        assert near(made(plain("#804020", size=(1, 1))), (0.5, 0.5), "#804020")

    @pytest.mark.parametrize("orientation", range(1, 9))
    @pytest.mark.parametrize("square", [None, Square(0, 0, 200), Square(300, 150, 100)])
    def test_what_a_camera_held_askew_took_is_shown_upright(self, orientation, square):
        stored = quarters(400, 300)
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        content = encoded(stored, "JPEG", exif=exif, quality=95)
        upright = ImageOps.exif_transpose(read(content)).convert("RGB")
        if square and square.x + square.size > upright.width:
            square = Square(square.y, square.x, square.size)
        expected = made(encoded(upright), square)

        photo = made(content, square)

        for place in CENTRES.values():
            colour = "#{:02x}{:02x}{:02x}".format(
                *expected.convert("RGB").getpixel([int(128 * each) for each in place])
            )
            assert near(photo, place, colour)

    def test_of_a_large_jpeg_a_small_square_keeps_its_detail(self):
        large = Image.new("RGB", (4000, 4000), "#ffffff")
        large.paste(quarters(256, 256), (1000, 2000))

        photo = made(encoded(large, "JPEG"), Square(1000, 2000, 256), size=256)

        assert looks_like(photo)
        assert looks_like(photo, shown={"top left": (0.02, 0.02), "bottom right": (0.98, 0.98)})

    def test_sixteen_bits_are_scaled_and_not_clipped(self):
        grey = Image.new("I;16", (64, 64), 128 * 256)

        assert near(made(encoded(grey)), (0.5, 0.5), "#808080")

    @pytest.mark.parametrize("mode", ["P", "RGBA"])
    def test_every_way_of_keeping_colours(self, mode):
        assert looks_like(made(encoded(quarters().convert(mode))))

    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16"])
    def test_every_way_of_keeping_greys(self, mode):
        halves = Image.new("L", (100, 100), "black")
        halves.paste("white", (50, 0, 100, 100))
        stored = halves.point(lambda value: value * 256, "I").convert(mode) if mode == "I;16" else halves.convert(mode)

        photo = made(encoded(stored))

        assert near(photo, (0.25, 0.5), "#000000")
        assert near(photo, (0.75, 0.5), "#ffffff")

    def test_inks_become_light(self):
        content = encoded(quarters().convert("CMYK"), "JPEG", quality=95)
        assert read(content).mode == "CMYK"

        assert made(content).mode == "RGB"
        assert looks_like(made(content))

    def test_what_is_transparent_stays_so(self):
        clear = Image.new("RGBA", (100, 100), (10, 20, 30, 0))

        assert made(encoded(clear)).getpixel((64, 64))[3] == 0

    @pytest.mark.parametrize("kind", ["WEBP", "PNG"])
    def test_of_an_animation_the_first_picture_is_shown(self, kind):
        frames = [Image.new("RGB", (100, 100), colour) for colour in ("#ff0000", "#0000ff", "#00ff00")]
        content = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
        assert read(content).n_frames == 3

        photo = made(content)

        assert near(photo, (0.5, 0.5), "#ff0000")
        assert not getattr(photo, "is_animated", False)


class TestWhatIsDropped:
    def test_where_and_with_what_a_photo_was_taken(self):
        exif = Image.Exif()
        exif[MAKE] = "SECRETCAMERA"
        exif.get_ifd(GPS)[29] = "2026:01:31 SECRETPLACE"
        content = encoded(quarters(), "JPEG", exif=exif, comment=b"SECRETWORD", xmp=b"<x>SECRETXMP</x>")
        assert content.count(b"SECRET") >= 4

        for file in pictures.make(content, None).values():
            assert b"SECRET" not in file
            photo = read(file)
            assert len(photo.getexif()) == 0
            assert photo.info.keys() <= {"loop", "background", "timestamp", "duration"}

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_colour_profiles(self, kind):
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        content = encoded(quarters(), kind, icc_profile=profile)
        assert "icc_profile" in read(content).info

        assert "icc_profile" not in made(content).info

    def test_what_a_png_says_in_words(self):
        words = PngImagePlugin.PngInfo()
        words.add_text("Author", "SECRETNAME")

        assert b"SECRET" not in b"".join(pictures.make(encoded(quarters(), pnginfo=words), None).values())

    def test_what_hangs_behind_a_picture(self):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("SECRETFILE", "content")

        files = pictures.make(encoded(quarters(), "JPEG") + archive.getvalue(), None)

        assert b"SECRET" not in b"".join(files.values())


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"hello",
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8\xff",
            b"RIFF\x00\x00\x00\x00WEBP",
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
            b"PK\x03\x04" + bytes(1000),
            encoded(quarters(), "GIF"),
            encoded(quarters(), "TIFF"),
            encoded(quarters(), "BMP"),
            encoded(quarters(), "ICO"),
        ],
    )
    def test_what_is_none_of_the_three_kinds(self, content):
        field, _ = refused(content)

        assert field == "photo"

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    @pytest.mark.parametrize("share", [0.5, 0.9])
    def test_what_is_cut_short(self, kind, share):
        noise = Image.effect_noise((300, 300), 90).convert("RGB")
        content = encoded(noise, kind)

        field, _ = refused(content[: int(len(content) * share)])

        assert field == "photo"

    @pytest.mark.parametrize(("width", "height"), [(20_000, 20_000), (2**31 - 1, 2**31 - 1), (MAX_PIXELS + 1, 1)])
    def test_a_png_that_would_not_fit_in_memory(self, width, height):
        field, message = refused(png_that_claims(width, height))

        assert (field, "megapixels" in message) == ("photo", True)

    def test_a_webp_that_would_not_fit_in_memory(self):
        side = (16_383 - 1).to_bytes(3, "little")
        frame = encoded(Image.new("RGB", (8, 8)), "WEBP", lossless=True)[12:]
        frame = bytes(6) + (7).to_bytes(3, "little") * 2 + bytes(4) + frame
        body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + bytes([2, 0, 0, 0]) + side + side
        body += b"ANIM" + struct.pack("<I", 6) + bytes(6) + b"ANMF" + struct.pack("<I", len(frame)) + frame

        field, message = refused(b"RIFF" + struct.pack("<I", len(body)) + body)

        assert (field, "megapixels" in message) == ("photo", True)

    def test_a_png_whose_words_unpack_to_a_gigabyte(self):
        words = PngImagePlugin.PngInfo()
        words.add_text("Comment", "a" * (80 * 1024 * 1024), zip=True)
        content = encoded(quarters(), pnginfo=words)
        assert len(content) < 200_000

        field, _ = refused(content)

        assert field == "photo"

    def test_the_largest_picture_is_still_taken(self):
        assert made(plain("#336699", size=(MAX_PIXELS // 5000, 5000))).size == (128, 128)

    @pytest.mark.parametrize("square", [Square(0, 0, 301), Square(1, 0, 300), Square(0, 1, 300), Square(10**12, 0, 1)])
    def test_a_square_beyond_the_picture(self, square):
        field, message = refused(encoded(quarters(300, 300)), square)

        assert (field, "300 × 300" in message) == ("size", True)

    @settings(max_examples=200, deadline=None)
    @given(seed=st.integers(0, 2**32), kind=st.sampled_from(["JPEG", "PNG", "WEBP"]))
    def test_a_damaged_picture_is_shown_or_refused_and_breaks_nothing(self, seed, kind):
        chance = random.Random(seed)
        exif = Image.Exif()
        exif[ORIENTATION] = 6
        content = bytearray(encoded(quarters(40, 30), kind, exif=exif))
        for _ in range(chance.randint(1, 8)):
            content[chance.randrange(len(content))] = chance.randrange(256)

        assert self.outcome(bytes(content)) in ("shown", "refused about the photo")

    @staticmethod
    def outcome(content):
        try:
            files = pictures.make(content, None)
        except Invalid as invalid:
            return f"refused about the {invalid.data['errors'][0]['field']}"
        return "shown" if read(files[512]).size == (512, 512) else "of another size"
