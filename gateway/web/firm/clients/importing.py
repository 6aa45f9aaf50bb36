"""A client list that comes in as a file: looked at first, then loaded while one watches (R-IMP-1, R-IMP-4)."""

from collections.abc import Mapping
from contextlib import aclosing, suppress
from typing import Any

from starlette.responses import Response

from chassis.errors import Conflict, Invalid
from contracts.imports import Import, ImportCalls
from gateway import problems, uploads
from gateway.multipart import Form
from gateway.routes.imports import LIST
from gateway.web.firm import sayings
from gateway.web.firm.clients import understanding
from gateway.web.firm.clients.asking import CLIENTS
from gateway.web.page import Page, Visit
from gateway.web.words import later

IMPORTS = f"{CLIENTS}/import"
IMPORT = f"{IMPORTS}/{{import_id}}"
MOST = LIST.max_bytes + 64 * 1024  # bytes: the file and the form around it
REFUSED = (Invalid, problems.TooLarge, problems.TooSlow, problems.WrongMediaType)
NOTHING: Mapping[str, str] = {}
SHOWN = 50  # refused rows on the page; the file to mend has all
ENCODINGS = ("utf-8", "cp1252", "cp1250", "cp1251", "mac-roman", "iso8859-15", "shift_jis", "gb18030", "big5")
SEPARATORS = {
    ",": later("commas"), ";": later("semicolons"), "\t": later("tabs"), "|": later("bars"),
}  # fmt: skip
# Of accounts about files that are no lists.
UNREADABLE = (
    later("The file is empty."),
    later("This is not a text file: export the list as CSV from the program it comes from."),
    later("This is a PDF: export the list as CSV from the program it comes from."),
    later(
        "This is an old Excel workbook (.xls), not a CSV file: open it in your spreadsheet program and save it as"
        " “CSV UTF-8 (Comma delimited)”."
    ),
    later(
        "This is no workbook that can be read (.xlsx): open it in your spreadsheet program and save it as"
        " “CSV UTF-8 (Comma delimited)”."
    ),
)


async def show(visit: Visit) -> Response:
    """Where a list is sent, and what came in before."""
    await visit.member()
    return await _sending(visit)


async def take(visit: Visit) -> Response:
    """Read a file, and show what was understood of it; nothing is loaded yet."""
    await visit.member()
    if not visit.may("import"):
        raise problems.RightMissing
    try:
        form = Form(visit.request, MOST, LIST.seconds)
        async with aclosing(form.files()) as files:
            async for part in files:
                visit.filled(form.fields)
                path = uploads.new_path()
                async with visit.desk.uploads.kept(part.content, LIST, path):
                    made = await visit.call(
                        ImportCalls.create_import,
                        upload=path,
                        file_name=(part.file_name or "")[:255],
                        encoding=form.fields.get("encoding", ""),
                    )
                return visit.go(f"{IMPORTS}/{made.id}")
        visit.filled(form.fields)
    except REFUSED as error:
        said = sayings.by_field(visit, error)
        return await _sending(visit, sayings.status(error), {name or "upload": text for name, text in said.items()})
    return await _sending(visit, 422, {"upload": visit.language.say(later("Choose a file."))})


async def _sending(visit: Visit, status: int = 200, said: Mapping[str, str] = NOTHING) -> Response:
    before = await visit.call(ImportCalls.list_imports)
    return visit.draw(
        "firm/clients/import.html",
        status,
        problems=said,
        before=before.items,
        encodings=[(name, name) for name in ENCODINGS],
    )


async def show_one(visit: Visit) -> Response:
    """How one import stands; for a script what changes while it runs."""
    await visit.member()
    one = await visit.call(ImportCalls.get_import, import_id=visit.path_id())
    return await _one(visit, one)


async def assign(visit: Visit) -> Response:
    """Read the rows once more under the columns that were chosen."""
    await visit.member()
    one = await visit.call(ImportCalls.get_import, import_id=visit.path_id())
    try:
        one = await visit.call(
            ImportCalls.assign_columns, import_id=str(one.id), columns=understanding.choices(visit, one)
        )
    except (Invalid, Conflict) as error:
        said = sayings.by_field(visit, error)
        return await _one(visit, one, sayings.status(error), {_input(name): text for name, text in said.items()})
    return visit.go(f"{IMPORTS}/{one.id}?read=again#columns-read")


def _input(field: str) -> str:
    """The input that a fault of a column stands beside: `columns.3.field` is `column.3`."""
    name, _, rest = field.partition(".")
    return f"column.{rest.partition('.')[0]}" if name == "columns" and rest else ""


async def start(visit: Visit) -> Response:
    return await _press(visit, ImportCalls.start_import)


async def stop(visit: Visit) -> Response:
    return await _press(visit, ImportCalls.stop_import)


async def _press(visit: Visit, call: Any) -> Response:
    """Start or stop, and show the import; one that ended meanwhile is shown as it is."""
    await visit.member()
    import_id = visit.path_id()
    with suppress(Conflict):
        await visit.call(call, import_id=import_id)
    return visit.go(f"{IMPORTS}/{import_id}")


async def _one(visit: Visit, one: Import, status: int = 200, said: Mapping[str, str] = NOTHING) -> Response:
    refused = None
    if one.counts.refused and (one.state != "running" or not visit.is_part):
        refused = await visit.call(ImportCalls.list_import_rows, import_id=one.id, outcome="refused", limit=SHOWN)
    say = visit.language.say
    groups = [] if visit.is_part else await understanding.options(visit)
    template = "firm/clients/import_state.html" if visit.is_part else "firm/clients/import_one.html"
    return visit.draw(
        template,
        status,
        problems=said,
        one=one,
        done=one.rows - one.counts.waiting,
        refused=refused and [(row, understanding.reasons(visit, row.faults)) for row in refused.items],
        has_more=refused is not None and refused.next_cursor is not None,
        groups=groups,
        names={value: said for _, options in groups for value, said in options},
        read_as=understanding.read_as(one),
        is_read_again=visit.query.get("read") == "again",
        separator=say(SEPARATORS.get(one.delimiter, one.delimiter)),
    )


PAGES = (
    Page("GET", IMPORTS, show),
    Page("POST", IMPORTS, take, has_files=True),
    Page("GET", IMPORT, show_one),
    Page("POST", f"{IMPORT}/columns", assign),
    Page("POST", f"{IMPORT}/start", start),
    Page("POST", f"{IMPORT}/stop", stop),
)
