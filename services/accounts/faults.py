"""What is wrong with a row of a client list, in parts that can be translated and in English."""

from collections.abc import Iterable

from contracts.imports import ImportFault

SHOWN = 40  # characters of a wrong value
NUMBERS = ("count", "most")


def fault(text: str, column: str = "", value: str = "", /, **facts: str | int) -> ImportFault:
    """What is wrong, with the beginning of the value at fault."""
    shown = f"{value[:SHOWN]}{'…' if len(value) > SHOWN else ''}"
    return ImportFault(text=text, facts={name: str(one) for name, one in facts.items()}, column=column, value=shown)


def sentence(faults: Iterable[ImportFault]) -> str:
    """All that is wrong, in English."""
    return "; ".join(map(_said, faults))


def _said(one: ImportFault) -> str:
    facts = {name: f"{int(fact):,}" if name in NUMBERS else fact for name, fact in one.facts.items()}
    text = one.text % facts if facts else one.text
    return f"{f'{one.column}: ' if one.column else ''}{text}{f' (“{one.value}”)' if one.value else ''}"
