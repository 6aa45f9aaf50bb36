"""Draws a trace as it was measured: a line for each span, in the order in which they began."""

from collections.abc import Sequence
from html import escape

from tests.collector import Kept

WIDTH, LABELS, LINE, TOP = 1200, 470, 20, 34
COLOURS = {"server": "#2f6f9f", "client": "#8fb8d6", "producer": "#c98a2b", "consumer": "#7a4f9e"}
STATEMENT = "#6b8f5e"
MEANINGS = {
    "#2f6f9f": "serves",
    "#8fb8d6": "asks",
    STATEMENT: "SQL",
    "#c98a2b": "outbox to broker",
    "#7a4f9e": "applies the event",
}


def drawn(spans: Sequence[Kept]) -> str:
    """An SVG that reads in light and dark."""
    begun, ended = min(one.begun for one in spans), max(one.ended for one in spans)
    scale = (WIDTH - LABELS - 90) / (ended - begun)
    depths: dict[str, int] = {}
    rows = []
    for number, one in enumerate(ordered(spans)):
        depths[one.id] = depths.get(one.parent_id, -1) + 1
        y = TOP + number * LINE
        x, width = LABELS + (one.begun - begun) * scale, max(2.0, (one.ended - one.begun) * scale)
        label = f"{one.service}: {one.name}"
        rows.append(
            f'<text x="{8 + 12 * depths[one.id]}" y="{y + 14}">{escape(label[: 62 - 2 * depths[one.id]])}</text>'
            f'<rect x="{x:.1f}" y="{y + 3}" width="{width:.1f}" height="13" rx="2" fill="{colour(one)}"/>'
            f'<text x="{x + width + 5:.1f}" y="{y + 14}" class="ms">{(one.ended - one.begun) / 1e6:.1f} ms</text>'
        )
    legend = "".join(
        f'<rect x="{8 + 170 * number}" y="10" width="12" height="12" fill="{shade}"/>'
        f'<text x="{26 + 170 * number}" y="20">{meaning}</text>'
        for number, (shade, meaning) in enumerate(MEANINGS.items())
    )
    height = TOP + len(rows) * LINE + 8
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        ' aria-label="A trace as measured">'
        "<style>text{font:12px system-ui,sans-serif;fill:#222}.ms{fill:#666}"
        "@media(prefers-color-scheme:dark){text{fill:#ddd}.ms{fill:#999}}</style>"
        f"{legend}{''.join(rows)}</svg>\n"
    )


def colour(span: Kept) -> str:
    return STATEMENT if "db.query.text" in span.said else COLOURS[span.kind]


def ordered(spans: Sequence[Kept]) -> list[Kept]:
    """Each span before what it led to, elder ones first."""
    below: dict[str, list[Kept]] = {}
    for one in sorted(spans, key=lambda one: one.begun):
        below.setdefault(one.parent_id, []).append(one)
    found: list[Kept] = []
    waiting = below.get("", [])[::-1]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += below.get(one.id, [])[::-1]
    return found
