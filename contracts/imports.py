"""Client lists from files: read and looked at first, then loaded row by row, and told (R-IMP-1 to R-IMP-4)."""

import datetime as dt
from dataclasses import field
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length, OneOf

from chassis.context import Context
from chassis.errors import Conflict, NotFound
from chassis.wire import message
from contracts.common import Cursor, Limit, Line, Person, readable_line
from contracts.custom_fields import DateOrder
from contracts.files import Content, Upload

MAX_BYTES = 10 * 1024 * 1024  # of a file
MOST_ROWS = 10_000  # of a list; each takes some calls between services, so that these take minutes
WORKBOOK = "xlsx"  # in the place of an encoding
# What a column may be loaded as; the last two are the firm's own fields.
FIELDS = (
    "account_name", "linked_account", "account_type", "company_name", "tags", "account_timezone",
    "full_name", "first_name", "middle_name", "last_name", "email", "other_email", "phone",
    "street", "street_2", "city", "state", "zip", "country", "notes", "description", "timezone",
    "login", "notify", "sync", "account_field", "contact_field",
)  # fmt: skip

ImportState = Literal["read", "running", "stopped", "ended"]
Outcome = Literal["waiting", "created", "linked", "changed", "unchanged", "refused"]


class ImportNotFound(NotFound):
    """There is no such import in this firm."""

    code = "import_not_found"


class ImportEnded(Conflict):
    """The import is over: every row of it is loaded or refused."""

    code = "import_ended"


class ImportStarted(Conflict):
    """Rows of the import were loaded already: send the file again to have its columns read otherwise."""

    code = "import_started"


@message
class CreateImport:
    """A CSV file or a workbook (.xlsx, its first sheet) with one row per contact.

    `encoding`, such as shift_jis, of a CSV file where it is not found out rightly.
    """

    upload: Upload
    file_name: Line = ""
    encoding: Annotated[str, Length(max=40), readable_line] = ""


@message
class ImportColumn:
    """`field` is what a column is loaded as, one of FIELDS; empty, it is not loaded.

    `example` is the first filled cell of it, cut short.
    """

    name: str
    field: str = ""
    custom_field: str = ""  # the name of the firm's own field that it fills
    example: str = ""


@message
class ColumnChoice:
    """What a column is to be loaded as; empty, not at all. `custom_field` as in ImportColumn."""

    field: Annotated[str, OneOf(("", *FIELDS))] = ""
    custom_field: Annotated[str, Length(max=255)] = ""


@message
class AssignColumns:
    """One choice for each column, in the file's order; of two columns of one field the first filled cell counts.

    E-mail addresses, phones, tags, notes and linked clients of several columns are taken together.
    """

    import_id: UUID
    columns: Annotated[tuple[ColumnChoice, ...], Length(min=1, max=16_384)]


@message
class ImportFault:
    """Why a row is refused: `text` is English and names its `facts` as %(name)s, so that it can be translated.

    `column` is the name of the file's column at fault, or the field of the row where it was refused while it was
    loaded; `value` the beginning of what stands there.
    """

    text: str
    facts: dict[str, str] = field(default_factory=dict)
    column: str = ""
    value: str = ""


@message
class ImportCounts:
    """Rows by what became of them; `created` made an account, `linked` a contact of a known one."""

    waiting: int = 0
    created: int = 0
    linked: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0


@message
class Import:
    """`read` only so far: nothing is loaded before it is started. A stopped one goes on where it was.

    `encoding` of a workbook is WORKBOOK, its `delimiter` empty. `new_accounts` and `known_accounts` are what the rows
    that can be loaded name, as things stood when it was read.
    """

    id: UUID
    file_name: str
    state: ImportState
    encoding: str
    delimiter: str
    dates: DateOrder
    columns: tuple[ImportColumn, ...]
    rows: int
    counts: ImportCounts
    new_accounts: int
    known_accounts: int
    by: Person
    created_at: dt.datetime
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None


@message
class ImportRef:
    import_id: UUID


@message
class ListImports:
    """The newest first."""

    cursor: Cursor | None = None
    limit: Limit = 25


@message
class Imports:
    items: tuple[Import, ...]
    next_cursor: str | None = None


@message
class ListImportRows:
    """In the order of the file; `outcome` none: all."""

    import_id: UUID
    outcome: Outcome | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


@message
class ImportLine:
    """`line` is where the row begins in the file; one that names several accounts is told once for each.

    `reason` says the `faults` in English.
    """

    line: int
    account_name: str
    outcome: Outcome
    reason: str = ""
    faults: tuple[ImportFault, ...] = ()


@message
class ImportLines:
    items: tuple[ImportLine, ...]
    next_cursor: str | None = None


class ImportCalls(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid, Forbidden or Unavailable.

    Owner and admins see every import, others their own; the calls on one raise ImportNotFound for one out of sight.
    It is kept for ninety days.
    """

    NAME: ClassVar[str] = "accounts"

    def create_import(self, ctx: Context, request: CreateImport) -> Import: ...
    def get_import(self, ctx: Context, request: ImportRef) -> Import: ...
    def list_imports(self, ctx: Context, request: ListImports) -> Imports: ...
    def list_import_rows(self, ctx: Context, request: ListImportRows) -> ImportLines: ...
    def get_import_report(self, ctx: Context, request: ImportRef) -> Content: ...  # the refused rows as CSV, to mend
    # Reads the rows once more under the columns chosen. Invalid, ImportStarted
    def assign_columns(self, ctx: Context, request: AssignColumns) -> Import: ...
    def start_import(self, ctx: Context, request: ImportRef) -> Import: ...  # ImportEnded
    def stop_import(self, ctx: Context, request: ImportRef) -> Import: ...  # ImportEnded
