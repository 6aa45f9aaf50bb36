"""The numbers of a run, as a page's table and a picture."""

import os
from collections import Counter
from datetime import UTC, datetime

from bench.faults.run import Story

BEGIN, END = "<!-- run:begin -->", "<!-- run:end -->"
WIDTH, HEIGHT, LEFT, FOOT = 960, 220, 44, 46  # px of the picture


def table(story: Story) -> str:
    """Everything between the markers."""
    kinds = Counter(name for _, name, _ in story.happened)
    ledger = story.ledger
    said = (
        f"Run on {datetime.now(UTC):%Y-%m-%d} on {os.cpu_count()} cores (load {os.getloadavg()[2]:.0f}) with seed"
        f" {story.seed}, {story.size.seconds / 60:.0f} minutes, **{len(story.happened)} faults**:"
    )
    tried = ", ".join(f"{why} {count:,}" for why, count in ledger.tries.most_common())
    rows = [
        *((f"{name}, times", f"{count}") for name, count in kinds.most_common()),
        ("**writes acknowledged**", f"**{ledger.count:,}**"),
        *((f"of these {kind}", f"{count:,}") for kind, count in story.rows.most_common()),
        ("tries that had to be repeated", f"{sum(ledger.tries.values()):,} ({tried or 'none'})"),
        ("longest from a first try to its acknowledgement", f"{ledger.longest:.0f} s"),
        ("from the last fault until all agreed", f"{story.agreed:.0f} s"),
        ("unreadable messages set aside", f"{story.set_aside}"),
        ("**lost, doubled or in disagreement**", f"**{len(story.faults)}**"),
    ]
    lines = [said, "", "| what | number |", "|---|---|", *(f"| {name} | {text} |" for name, text in rows)]
    return "\n".join(lines)


def picture(story: Story) -> str:
    """Acknowledged writes of each five seconds as SVG, with a tick below for each fault."""
    step = 5.0
    bars = Counter(int(at // step) for at in story.ledger.times)
    length = max(story.size.seconds, max(story.ledger.times, default=1.0))
    top = max(bars.values(), default=1)
    across, up = (WIDTH - LEFT - 8) / length, (HEIGHT - FOOT - 16) / top
    shapes = [
        f'<rect x="{LEFT + at * step * across:.1f}" y="{HEIGHT - FOOT - count * up:.1f}"'
        f' width="{max(1.0, step * across - 0.6):.1f}" height="{count * up:.1f}" fill="#2f6f5e"/>'
        for at, count in sorted(bars.items())
    ]
    names = sorted({name for _, name, _ in story.happened})
    for at, name, _ in story.happened:
        is_process = name.startswith("a process")
        y = HEIGHT - FOOT + (4 if is_process else 14)
        shapes.append(
            f'<rect x="{LEFT + at * across:.1f}" y="{y}" width="1.4" height="8"'
            f' fill="{"#b4552d" if is_process else "#7a2130"}"/>'
        )
    words = [
        (4, 20, f"{top / step:.0f}/s"),
        (4, HEIGHT - FOOT, "0"),
        (LEFT, HEIGHT - 8, f"{len(story.happened)} faults: above those of processes, below those around them"),
        (WIDTH - 90, HEIGHT - 8, f"{length / 60:.0f} minutes"),
    ]
    texts = [f'<text x="{x}" y="{y}" font-size="12" fill="#444">{text}</text>' for x, y, text in words]
    title = f"Writes acknowledged per second under faults: {', '.join(names)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" role="img">'
        f'<title>{title}</title><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        f"{''.join(shapes)}{''.join(texts)}</svg>\n"
    )
