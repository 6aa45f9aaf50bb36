"""Lists of lines in forms, also within one another: read, shown again, added to and moved without any script.

The inputs of a line are named as the API names its fields, `packages.0.lines.2.service`, so that what is wrong with one
is said beside it. Buttons that change a list are named `do`: `add packages.0.lines`, `up packages.0.lines.2`, `down …`
and `remove …`; the form comes back changed, and nothing is saved.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
DO = "do"
DEEPEST = 6  # steps of a name
LONGEST_NUMBER = 4  # digits of a line's number


@dataclass(frozen=True)
class Shape:
    """A kind of line: what each of its fields begins as, which of them hold several values, the lists in it.

    `least` lines are shown also where there are none.
    """

    fields: Mapping[str, str]
    several: tuple[str, ...] = ()
    lists: Mapping[str, "Shape"] = field(default_factory=dict)
    least: int = 1

    def blank(self) -> Row:
        """A line in which nothing is typed."""
        made: Row = {**self.fields, **{name: [] for name in self.several}}
        return made | {name: [shape.blank() for _ in range(shape.least)] for name, shape in self.lists.items()}

    def is_blank(self, row: Row) -> bool:
        """Whether nothing was typed into a line."""
        typed = any(row[name] not in ("", begins) for name, begins in self.fields.items())
        within = (not shape.is_blank(one) for name, shape in self.lists.items() for one in row[name])
        return not (typed or any(row[name] for name in self.several) or any(within))


def read(posted: Iterable[tuple[str, str]], shape: Shape) -> Row:
    """What was typed, as lines; lists that were not posted have none."""
    root: dict[str, Any] = {}
    for name, value in posted:
        *steps, last = name.split(".", DEEPEST)
        place: Any = root
        for step in steps:
            place = place.setdefault(step, {}) if isinstance(place, dict) else None
        if isinstance(place, dict):
            held = place.setdefault(last, [])
            if isinstance(held, list):
                held.append(value)
    return _row(root, shape)


def _row(found: Any, shape: Shape) -> Row:
    known = found if isinstance(found, dict) else {}
    made: Row = {}
    for name in shape.fields:
        held = known.get(name)
        made[name] = held[-1].strip() if isinstance(held, list) else ""
    for name in shape.several:
        held = known.get(name)
        made[name] = [one for one in held if one.strip()] if isinstance(held, list) else []
    for name, inner in shape.lists.items():
        held = known.get(name)
        lines = held if isinstance(held, dict) else {}
        made[name] = [_row(lines[key], inner) for key in sorted(filter(_is_number, lines), key=int)]
    return made


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER


def tidy(row: Row, shape: Shape) -> Row:
    """The same without lines in which nothing was typed."""
    kept = dict(row)
    for name, inner in shape.lists.items():
        kept[name] = [tidy(one, inner) for one in row[name] if not inner.is_blank(one)]
    return kept


def filled(row: Row, shape: Shape) -> Row:
    """The same with as many lines as are shown at least."""
    shown = dict(row)
    for name, inner in shape.lists.items():
        shown[name] = [filled(one, inner) for one in row[name]]
        shown[name] += [inner.blank() for _ in range(inner.least - len(row[name]))]
    return shown


def changed(row: Row, shape: Shape, order: str) -> tuple[Row, str]:
    """The lines after a button was pressed, and the path of what is to be looked at; unknown orders change nothing.

    The first line of a list within another goes up into the list before, the last one down into the list after.
    """
    verb, _, path = order.partition(" ")
    steps = path.split(".")
    if verb == "add":
        lines, inner = _list(row, shape, steps)
        if inner is None:
            return row, ""
        lines.append(inner.blank())
        return row, f"{path}.{len(lines) - 1}"
    lines, inner = _list(row, shape, steps[:-1])
    if inner is None or not _is_number(steps[-1]) or int(steps[-1]) >= len(lines):
        return row, ""
    number = int(steps[-1])
    if verb == "remove":
        del lines[number]
        return row, ".".join([*steps[:-1], str(min(number, max(len(lines) - 1, 0)))])
    if verb in ("up", "down"):
        return row, _moved(row, shape, steps, 1 if verb == "down" else -1)
    return row, ""


def _moved(row: Row, shape: Shape, steps: Sequence[str], by: int) -> str:
    lines, _ = _list(row, shape, steps[:-1])
    number = int(steps[-1])
    target = number + by
    if 0 <= target < len(lines):
        lines[number], lines[target] = lines[target], lines[number]
        return ".".join([*steps[:-1], str(target)])
    if len(steps) < 4:  # noqa: PLR2004 (a list within a line of another list has four steps to its line)
        return ".".join(steps)
    *outer, holder, name = steps[:-1]
    beside, _ = _list(row, shape, outer)
    other = int(holder) + by
    if not 0 <= other < len(beside):
        return ".".join(steps)
    into = beside[other][name]
    place = len(into) if by < 0 else 0
    into.insert(place, lines.pop(number))
    return ".".join([*outer, str(other), name, str(place)])


def _list(row: Row, shape: Shape, steps: Sequence[str]) -> tuple[list[Row], Shape | None]:
    """The list at a path, and the shape of its lines; none where there is no such list."""
    place, known = row, shape
    for position in range(0, len(steps), 2):
        name = steps[position]
        if name not in known.lists:
            return [], None
        lines, known = place[name], known.lists[name]
        if position + 1 == len(steps):
            return lines, known
        number = steps[position + 1]
        if not _is_number(number) or int(number) >= len(lines):
            return [], None
        place = lines[int(number)]
    return [], None
