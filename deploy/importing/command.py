"""The command: read, send, report. Exit code 0: all rows are there; 1: some were refused; 2: it could not be done."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

from chassis.config import Settings, SettingsError, load_settings
from chassis.errors import AppError, Unavailable
from contracts.accounts import ImportRow
from contracts.custom_fields import DateOrder
from deploy.importing import lanes, sending
from deploy.importing.report import Report, printable
from gateway.bus import Bus
from services.accounts.client_lists import columns, typed
from services.accounts.client_lists.agreeing import Said
from services.accounts.client_lists.columns import NO_FIELDS, Fields
from services.accounts.client_lists.looking import date_order
from services.accounts.client_lists.problem import BadRow, Unreadable
from services.accounts.client_lists.reading import Source
from services.accounts.client_lists.rows import rows

DONE, SOME_REFUSED, NOT_DONE = 0, 1, 2


def run(path: Path, firm: str | None, encoding: str | None = None) -> int:
    """Load the file; the exit code."""
    try:
        settings = load_settings(needs=("amqp_uri",))
        with Source(path, columns.known, encoding) as source, Report(path.name, source.size) as report:
            report.say(_understood(source))
            try:
                asyncio.run(_load(settings, source, report, firm))
            except (AppError, Unreadable):
                report.say(f"Stopped. {report.totals()}")
                raise
            report.say(report.totals())
    except SettingsError as problem:
        return _fail(f"The system is not running here: start it with `make run`. ({problem})")
    except Unreadable as problem:
        return _fail(str(problem))
    except OSError as problem:
        return _fail(f"{path} can't be read: {problem.strerror or problem}.")
    except Unavailable as problem:
        return _fail(f"{problem.detail} Is the system running? Run the same command again: what is loaded stays.")
    except AppError as problem:
        return _fail(f"{problem.detail} What is loaded stays.")
    return SOME_REFUSED if report.counts["refused"] else DONE


def _fail(message: str) -> int:
    print(printable(message), file=sys.stderr)
    return NOT_DONE


def _understood(source: Source) -> str:
    """How the file was read, so that a misunderstanding shows before it does harm."""
    plan = columns.plan(source.header)
    read = [f"“{column.name}” as {column.field.replace('_', ' ')}" for column in plan if column]
    separator = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars"}[source.delimiter]
    text = f"{source.path.name}: {source.encoding}, separated by {separator}. Columns: {', '.join(read)}."
    if not source.encoding.startswith("utf"):
        text = f"{text} Should letters look wrong, name the file's encoding with --encoding."
    return text


def _of_the_firm(source: Source, fields: Fields, dates: DateOrder) -> str:
    """Which columns fill the firm's own fields, and which nothing."""
    plan = columns.plan(source.header, fields)
    own = [f"“{one.name}” as {one.field.split('_')[0]}'s {one.custom.name}" for one in plan if one and one.custom]
    left = columns.unused(source.header, plan, fields)
    parts = [f"Custom fields: {', '.join(own)}." if own else "", f"Not loaded: {', '.join(left)}." if left else ""]
    if typed.has_dates(plan):
        parts.append(f"Dates are read {dates.replace('_', ' ')}.")
    return " ".join(filter(None, parts))


async def _load(settings: Settings, source: Source, report: Report, firm: str | None) -> None:
    async with Bus(settings, name="import") as bus:
        firm_id = await sending.choose_firm(bus, firm)
        fields = await sending.custom_fields(bus, firm_id)
        dates = date_order(source, fields)
        if said := _of_the_firm(source, fields, dates):
            report.say(said)
        for window in lanes.windows(good_rows(source, report, fields, dates)):
            report.take(await sending.send_window(bus, firm_id, window))
            report.progress(source.position)


def good_rows(
    source: Source, report: Report, fields: Fields = NO_FIELDS, dates: DateOrder = "iso"
) -> Iterator[ImportRow]:
    """The rows that can be sent; the others are told."""
    plan = columns.plan(source.header, fields)
    said = Said(fields)
    for record in source:
        try:
            yield from said.agreeing(rows(record, plan, dates))
        except BadRow as problem:
            report.refuse(record.line, str(problem))
