"""The section Notes."""

from contracts import work
from contracts.sections import Section
from services.work.operations import notes


def test_pinned_above_and_beside_the_five_latest_edited(session, ctx, account_id, new_note, later, section):
    """R-NTE-1, R-NTE-3, R-OV-3"""
    written = [new_note(f"Note {index}", by=later(ctx, minutes=index), is_pinned=index < 2) for index in range(9)]
    edit = work.ChangeNote(account_id=account_id, note_id=written[3].id, version=1, body="Note 3, edited")
    notes.change_note(session, later(ctx, hours=1), edit)

    made = section("notes")

    titles = ["Note 1", "Note 0", "Note 3, edited", "Note 8", "Note 7", "Note 6", "Note 5"]
    assert [row["title"] for row in made.rows] == titles
    assert [row["is_pinned"] for row in made.rows] == [True, True] + [False] * 5
    assert made.total == 9


def test_what_a_row_shows(session, ctx, account_id, new_note, section):
    """§5.0 quick table, R-NTE-3"""
    note = new_note("First line\nsecond line")

    (row,) = section("notes").rows

    assert row == {
        "id": str(note.id),
        "title": "First line",
        "author": {"id": str(ctx.actor.id), "name": "Olga Owner"},
        "updated_at": ctx.now.isoformat().replace("+00:00", "Z"),
        "is_pinned": False,
    }


def test_no_notes_are_no_rows(session, ctx, account_id, section):
    assert section("notes") == Section(name="notes", rows=(), total=0)
