"""What a browser says of itself, read coarsely: people want to recognise a device, nobody decides by it."""

from typing import Literal, NamedTuple

Device = Literal["desktop", "mobile", "tablet", ""]

# Some call themselves by others' names too, so the first that fits counts.
BROWSERS = (
    ("edg", "Edge"),
    ("opr/", "Opera"),
    ("samsungbrowser", "Samsung Internet"),
    ("fxios", "Firefox"),
    ("firefox", "Firefox"),
    ("crios", "Chrome"),
    ("chrome", "Chrome"),
    ("safari", "Safari"),
)
SYSTEMS = (
    ("iphone", "iOS"),
    ("ipad", "iPadOS"),
    ("android", "Android"),
    ("windows", "Windows"),
    ("cros", "ChromeOS"),
    ("mac os x", "macOS"),
    ("linux", "Linux"),
)


class Agent(NamedTuple):
    """Empty where it can't be told."""

    device: Device
    browser: str
    system: str


def read(agent: str) -> Agent:
    """Give what can be told of a User-Agent."""
    text = agent.casefold()
    browser = next((name for mark, name in BROWSERS if mark in text), "")
    system = next((name for mark, name in SYSTEMS if mark in text), "")
    return Agent(_device(text, system), browser, system)


def _device(text: str, system: str) -> Device:
    if system == "iPadOS" or "tablet" in text or (system == "Android" and "mobile" not in text):
        return "tablet"
    if system in ("iOS", "Android") or "mobile" in text:
        return "mobile"
    return "desktop" if system else ""
