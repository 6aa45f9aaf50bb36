"""A list that was read is looked at, started, taken up by one worker at a time, and ends (R-IMP-1)."""

import csv
import datetime as dt
import io
import zipfile
from dataclasses import replace

import openpyxl
import pytest

from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from chassis.testing import member_ctx
from contracts.accounts import ImportedRow
from contracts.custom_fields import CustomField
from contracts.imports import (
    FIELDS,
    ColumnChoice,
    ImportEnded,
    ImportNotFound,
    ImportRef,
    ImportStarted,
    ListImportRows,
    ListImports,
)
from services.accounts import imports as told
from services.accounts import intake
from services.accounts.client_lists import columns, looking
from services.accounts.client_lists.columns import NO_FIELDS, Fields
from services.accounts.client_lists.problem import Unreadable
from services.accounts.operations import imports
from services.accounts.timing import IMPORT_LEASE
from tests.unit.accounts import firm

LIST = """Account name,First name,Last name,Email,Phone,Hobby
Ada Ltd,Ada,Lovelace,ada@example.com,,
Byron & Co,George,Byron,not an address,,"=1+1"
Ada Ltd,Anne,Byron,anne@example.com,,sailing
"""


@pytest.fixture
def read():
    return looking.look(LIST.encode(), "", NO_FIELDS)


@pytest.fixture
def kept(session, ctx, read):
    return imports.keep(session, ctx, new_id(), "clients.csv", read)


@pytest.fixture
def started(session, ctx, kept):
    return imports.start_import(session, ctx, ImportRef(import_id=kept.id))


def test_a_first_look_counts_what_would_be_made_and_says_what_is_wrong(session, ctx, read):
    """R-IMP-1: accounts are matched by their exact names."""
    firm.opened(session, ctx, name="Ada Ltd")

    kept = imports.keep(session, ctx, new_id(), "clients.csv", read)

    assert (kept.state, kept.rows, kept.counts.waiting, kept.counts.refused) == ("read", 3, 2, 1)
    assert (kept.new_accounts, kept.known_accounts) == (0, 1)
    assert [(each.name, each.field) for each in kept.columns][:2] == [
        ("Account name", "account_name"),
        ("First name", "first_name"),
    ]
    assert kept.columns[-1].field == ""
    (refused,) = told.list_import_rows(session, ctx, ListImportRows(import_id=kept.id, outcome="refused")).items
    assert refused.line == 3
    assert refused.reason.startswith("Email: ")
    assert [(fault.column, fault.value) for fault in refused.faults] == [("Email", "not an address")]


def test_nothing_is_taken_up_before_it_is_started(session, ctx, kept):
    assert imports.claim(session, ctx, kept.id) is None


def test_one_worker_at_a_time_loads_as_who_started_it(session, ctx, started):
    asker, rows = imports.claim(session, ctx, started.id)

    assert [row.account_name for _, row in rows] == ["Ada Ltd", "Ada Ltd"]
    assert (asker.actor.id, asker.door) == (ctx.actor.id, "import")
    assert imports.claim(session, ctx, started.id) is None


def test_it_ends_when_every_row_is_ticked_off(session, ctx, started):
    asker, rows = imports.claim(session, ctx, started.id)
    outcomes = [ImportedRow(line=2, outcome="created"), ImportedRow(line=4, outcome="refused", reason="Too late.")]

    going_on = [
        imports.tick_off(session, asker, started.id, place, done)
        for (place, _), done in zip(rows, outcomes, strict=True)
    ]
    imports.put_off(session, asker, started.id)
    assert imports.claim(session, ctx, started.id) is None

    ended = told.get_import(session, ctx, ImportRef(import_id=started.id))
    assert going_on == [True, True]
    assert (ended.state, ended.counts.created, ended.counts.refused) == ("ended", 1, 2)
    with pytest.raises(ImportEnded):
        imports.start_import(session, ctx, ImportRef(import_id=started.id))


def test_a_stopped_one_goes_on_where_it_was(session, ctx, started):
    ref = ImportRef(import_id=started.id)
    asker, rows = imports.claim(session, ctx, started.id)
    imports.stop_import(session, ctx, ref)

    going_on = imports.tick_off(session, asker, started.id, rows[0][0], ImportedRow(line=2, outcome="created"))
    imports.start_import(session, ctx, ref)
    _, left = imports.claim(session, ctx, started.id)

    assert not going_on
    assert left == rows[1:]


@pytest.mark.parametrize("changes", [{"is_active": False}, {"rights": ()}])
def test_who_left_or_lost_the_right_loads_no_more(session, ctx, read, changes):
    person = firm.member(rights=("manage_accounts", "manage_contacts"))
    (emil,) = firm.join(session, ctx, person)
    kept = imports.keep(session, emil, new_id(), "clients.csv", read)
    imports.start_import(session, emil, ImportRef(import_id=kept.id))
    firm.tell(session, ctx, person, **changes)

    claimed = imports.claim(session, ctx, kept.id)

    if changes.get("is_active") is False:
        assert claimed is None
        assert told.get_import(session, ctx, ImportRef(import_id=kept.id)).state == "stopped"
    else:
        assert claimed[0].actor.rights == frozenset()


def test_the_refused_rows_come_back_as_a_file_to_mend(session, ctx, kept):
    content = told.get_import_report(session, ctx, ImportRef(import_id=kept.id))

    header, row = csv.reader(io.StringIO(content.text.removeprefix("\ufeff")))
    assert header == ["Account name", "First name", "Last name", "Email", "Phone", "Hobby", "Line", "Reason"]
    assert row[:4] == ["Byron & Co", "George", "Byron", "not an address"]
    assert row[5:7] == ["'=1+1", "3"]
    mended = content.text.replace("not an address", "george@example.com")
    assert [line.faults for line in looking.look(mended.encode(), "", NO_FIELDS).understood.lines] == [()]


def test_a_list_without_a_good_row_has_ended(session, ctx):
    read = looking.look(b"Account name,Email\nAda Ltd,nonsense\n", "", NO_FIELDS)

    assert imports.keep(session, ctx, new_id(), "", read).state == "ended"


def test_a_row_that_is_refused_is_known_by_what_the_file_calls_its_client(session, ctx):
    """R-IMP-1"""
    lines = (
        "Last name,Account name,Company,Email",
        "Lee,,,x",
        "Lee,Lee Family ,Lee Ltd,x",
        ",,Lee Ltd,x",
        ",,,x",
        "a,b,c,d,e",
    )
    kept = imports.keep(session, ctx, new_id(), "", looking.look("\n".join(lines).encode(), "", NO_FIELDS))

    told_of = told.list_import_rows(session, ctx, ListImportRows(import_id=kept.id)).items
    assert [(row.outcome, row.account_name) for row in told_of] == [
        ("refused", name) for name in ("Lee", "Lee Family", "Lee Ltd", "", "")
    ]


def understood_anew(session, ctx, kept, *fields, of_firm=NO_FIELDS):
    header, lines = imports.kept_lines(session, ctx, kept.id)
    choices = [ColumnChoice(field=name) if isinstance(name, str) else name for name in fields]
    again = intake._look_again(header, lines, columns.chosen(header, choices, of_firm), of_firm)
    return imports.keep_again(session, ctx, kept.id, again)


def test_columns_are_chosen_by_hand(session, ctx, kept):
    """R-IMP-5"""
    assert [column.example for column in kept.columns] == ["Ada Ltd", "Ada", "Lovelace", "ada@example.com", "", "=1+1"]

    again = understood_anew(session, ctx, kept, "account_name", "first_name", "last_name", "", "", "notes")
    _, rows = imports.claim(session, ctx, imports.start_import(session, ctx, ImportRef(import_id=kept.id)).id)

    assert [column.field for column in again.columns] == ["account_name", "first_name", "last_name", "", "", "notes"]
    assert (again.state, again.counts.waiting, again.counts.refused, again.new_accounts) == ("read", 3, 0, 2)
    assert [(row.line, row.contact.new.email, row.contact.new.notes) for _, row in rows] == [
        (2, None, ""),
        (3, None, "=1+1"),
        (4, None, "sailing"),
    ]
    with pytest.raises(ImportStarted):
        imports.kept_lines(session, ctx, kept.id)


def test_a_list_that_had_no_good_row_may_get_some_by_other_columns(session, ctx):
    """R-IMP-5"""
    kept = imports.keep(session, ctx, new_id(), "", looking.look(b"Account name,Email\nAda Ltd,Ada\n", "", NO_FIELDS))

    again = understood_anew(session, ctx, kept, "account_name", "last_name")

    assert (again.state, again.ended_at, again.counts.waiting) == ("read", None, 1)


def test_no_choice_of_columns_mends_a_broken_row(session, ctx):
    """R-IMP-5"""
    broken = b"Account name,Email\nAda Ltd,a@example.com,x\nBob;Cid,b@example.com\n"
    kept = imports.keep(session, ctx, new_id(), "", looking.look(broken, "", NO_FIELDS))

    again = understood_anew(session, ctx, kept, "linked_account", "email")

    bad, *good = told.list_import_rows(session, ctx, ListImportRows(import_id=again.id)).items
    assert (bad.line, bad.outcome, bad.faults[0].facts) == (2, "refused", {"count": "3", "most": "2"})
    assert [(row.line, row.account_name) for row in good] == [(3, "Bob;Cid")]


def test_a_column_fills_a_field_of_the_firms_own(session, ctx, kept):
    """R-IMP-5, R-CF-3"""
    hobby = CustomField(id=new_id(), name="Pastime", type="text", choices=(), position=0, version=1)
    choices = ("account_name", "first_name", "last_name", "", "")
    own = ColumnChoice(field="contact_field", custom_field="Pastime")

    again = understood_anew(session, ctx, kept, *choices, own, of_firm=Fields(contacts=(hobby,)))

    assert again.columns[-1].custom_field == "Pastime"
    with pytest.raises(Invalid) as refused:
        understood_anew(session, ctx, kept, *choices, own)
    assert [each["field"] for each in refused.value.data["errors"]] == ["columns.5.custom_field"]


def test_all_that_a_column_may_mean_is_told():
    assert {*columns.SYNONYMS, *columns.OWNERS.values()} - {"name"} == set(FIELDS)


def test_a_list_that_is_too_long_is_told_so(monkeypatch):
    monkeypatch.setattr(looking, "MOST_ROWS", 2)

    with pytest.raises(Unreadable, match="more than 2 rows"):
        looking.look(LIST.encode(), "", NO_FIELDS)


def test_imports_are_for_who_may_import_and_for_their_firm(session, ctx, kept):
    other_firm = replace(ctx, firm_id=new_id())
    ref = ImportRef(import_id=kept.id)
    calls = (told.get_import, told.get_import_report, imports.start_import, imports.stop_import)

    for call in calls:
        with pytest.raises(Forbidden):
            call(session, member_ctx(ctx, rights=("manage_accounts",)), ref)
        with pytest.raises(ImportNotFound):
            call(session, other_firm, ref)
    assert told.list_imports(session, other_firm, ListImports()).items == ()


def test_a_colleague_sees_no_list_of_somebody_elses(session, ctx, read, kept):
    """R-ACC-5: it may name clients that are not theirs to see."""
    emil = member_ctx(ctx, rights=("manage_accounts", "manage_contacts"))
    theirs = imports.keep(session, emil, new_id(), "", read)

    assert [one.id for one in told.list_imports(session, emil, ListImports()).items] == [theirs.id]
    assert {one.id for one in told.list_imports(session, ctx, ListImports()).items} == {kept.id, theirs.id}
    with pytest.raises(ImportNotFound):
        told.get_import(session, emil, ImportRef(import_id=kept.id))


def test_a_worker_that_died_leaves_its_rows_to_the_next(session, ctx, started):
    _, rows = imports.claim(session, ctx, started.id)
    later = replace(ctx, now=ctx.now + IMPORT_LEASE)

    _, again = imports.claim(session, later, started.id)

    assert again == rows


def test_pages_of_imports_hold_each_once(session, ctx, read):
    made = {imports.keep(session, ctx, new_id(), str(n), read).id for n in range(5)}
    seen, cursor = [], None
    while True:
        page = told.list_imports(session, ctx, ListImports(limit=2, cursor=cursor))
        seen += [one.id for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert len(seen) == 5
    assert set(seen) == made


def test_a_cursor_that_is_none_is_invalid(session, ctx, kept):
    with pytest.raises(Invalid):
        told.list_imports(session, ctx, ListImports(cursor="nonsense"))
    with pytest.raises(Invalid):
        told.list_import_rows(session, ctx, ListImportRows(import_id=kept.id, cursor="nonsense"))


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_a_workbook_is_read_by_the_rows_of_its_first_sheet():
    """R-IMP-1"""
    header = ("Account name", "Last name", "Notes", "Phone", "Notify")
    content = workbook(
        ("Our clients",),
        (),
        header,
        ("Ada Ltd", "Byron", "two\nlines", 33123456789, True),
        (),
        ("B", "C", "", "no", ""),
    )

    read = looking.look(content, "", NO_FIELDS)

    good, bad = read.understood.lines
    assert (read.encoding, read.delimiter, read.header) == ("xlsx", "", list(header))
    assert (good.number, bad.number) == (4, 6)
    assert (good.row.contact.new.notes, good.row.contact.new.phones) == ("two\nlines", ("33123456789",))
    assert good.row.switches.is_notified
    assert bad.faults[0].column == "Phone"


def test_days_of_a_workbook_fill_fields():
    """R-CF-3"""
    ends = CustomField(id=new_id(), name="Year end", type="date", choices=(), position=0, version=1)
    content = workbook(("Account name", "Year end"), ("Ada Ltd", dt.datetime(2026, 12, 31)))  # noqa: DTZ001 (as a sheet has it)

    (line,) = looking.look(content, "", Fields(accounts=(ends,))).understood.lines

    assert line.row.custom_fields == {str(ends.id): "2026-12-31"}


@pytest.mark.parametrize("content", [b"PK\x03\x04nonsense", workbook(()), workbook(("nothing", "known"))])
def test_a_workbook_that_is_no_list_is_told_so(content):
    with pytest.raises(Unreadable):
        looking.look(content, "", NO_FIELDS)


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/worksheets/sheet1.xml", bytes(101 * 1024 * 1024))

    with pytest.raises(Unreadable, match="too large"):
        looking.look(packed.getvalue(), "", NO_FIELDS)
