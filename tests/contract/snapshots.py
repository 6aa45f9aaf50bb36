"""`python -m tests.contract.snapshots`: write what the contracts promise, so that a change of them shows in a diff."""

import dataclasses
import json
from pathlib import Path
from typing import Any, get_type_hints

from chassis import errors, wire
from deploy.catalog import calls, pages

FOLDER = Path(__file__).parent / "snapshots"


def of_page(name: str) -> dict[str, Any]:
    """Every message, event, error and call that a contract page declares."""
    page = pages()[name]
    promised: dict[str, Any] = {"messages": {}, "events": {}, "errors": {}, "calls": {}}
    for value in vars(page).values():
        if not is_of(page, value):
            continue
        if dataclasses.is_dataclass(value):
            kind = "events" if getattr(value, "TYPE", "") in wire.EVENTS else "messages"
            promised[kind][getattr(value, "TYPE", value.__name__)] = fields_of(value)
        elif issubclass(value, errors.AppError):
            promised["errors"][value.code] = value.__mro__[1].__name__
    kept = [value for value in vars(page).values() if "NAME" in getattr(value, "__dict__", ()) and is_of(page, value)]
    for call, hints in calls(*kept).items():
        promised["calls"][call] = f"{hints['request'].__name__} -> {hints['return'].__name__}"
    return promised


def is_of(page: Any, value: Any) -> bool:
    return isinstance(value, type) and value.__module__ == page.__name__


def fields_of(message: type) -> dict[str, str]:
    hints = get_type_hints(message)
    described = {}
    for field in dataclasses.fields(message):
        has_default = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
        text = str(hints[field.name]) if not isinstance(hints[field.name], type) else hints[field.name].__name__
        described[field.name] = text.replace("typing.", "") + (" = …" if has_default else "")
    return described


def render(name: str) -> str:
    return json.dumps(of_page(name), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for page_name in pages():
        (FOLDER / f"{page_name}.json").write_text(render(page_name))
