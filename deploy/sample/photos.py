"""Photos for some of the sample's clients: hills under a sky, drawn, the same ones every time."""

from collections.abc import AsyncIterator
from io import BytesIO
from math import sin
from random import Random

from PIL import Image, ImageDraw

from chassis.blobs import AsyncBlobs
from deploy.sample.clients import Client
from gateway import uploads

SHARE = 0.3  # of the clients; the others show their initials
SIDE = 256  # pixels
HILLS = 4
# Sky, sun and the farthest hills; nearer ones are darker.
SCENES = (
    ("#f6d5a8", "#e4572e", "#a26769"),
    ("#cfe8f3", "#f2c14e", "#7fb069"),
    ("#2b2d42", "#edf2f4", "#5c6784"),
    ("#fbe3d6", "#fffdf7", "#c98f9c"),
    ("#d6ecd2", "#ffd166", "#3d8b7d"),
)


def photo(client: Client) -> bytes | None:
    """A PNG for the client, or none."""
    random = Random(f"photo of {client.key}")  # noqa: S311 (a sample, not a secret)
    return _landscape(random) if random.random() < SHARE else None


def _landscape(random: Random) -> bytes:
    sky, sun, far = random.choice(SCENES)
    image = Image.new("RGB", (SIDE, SIDE), sky)
    draw = ImageDraw.Draw(image)
    x, y, radius = random.randint(50, 206), random.randint(40, 110), random.randint(18, 40)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=sun)
    red, green, blue = (int(far[place : place + 2], 16) for place in (1, 3, 5))
    for number in range(HILLS):
        base, wave, shift = 120 + 36 * number, random.uniform(0.012, 0.03), random.uniform(0, 6)
        ridge = [(x, base + 18 * sin(shift + wave * x)) for x in range(SIDE + 1)]
        shade = 1 - 0.2 * number
        colour = (int(red * shade), int(green * shade), int(blue * shade))
        draw.polygon([*ridge, (SIDE, SIDE), (0, SIDE)], fill=colour)
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


async def sent(blobs: AsyncBlobs, content: bytes) -> str:
    """Put a file where uploads wait, and give its name; whoever asked for it removes it."""

    async def parts() -> AsyncIterator[bytes]:
        yield content

    path = uploads.new_path()
    await blobs.put(path, parts())
    return path
