import pytest

from chassis import outbox
from chassis.context import Context, new_id
from chassis.errors import Forbidden, Invalid
from chassis.testing import member_ctx
from contracts import work
from services.work.operations import notes
from services.work.queries import items


def ref(note):
    return work.NoteRef(account_id=note.account_id, note_id=note.id)


def change(session, ctx, note, **fields):
    request = work.ChangeNote(**{"account_id": note.account_id, "note_id": note.id, "version": note.version, **fields})
    return notes.change_note(session, ctx, request)


def test_every_member_writes_and_reads_notes(session, account_id, new_note, employee):
    """R-NTE-2"""
    emil, eve = employee(), employee(name="Eve")

    made = new_note(" Called. ", by=emil, title=" Bank ", mention_ids=(eve.actor.id,))

    assert (made.account_id, made.title, made.body) == (account_id, "Bank", "Called.")
    assert (made.author.name, [one.name for one in made.mentions]) == ("Emil Employee", ["Eve"])
    assert items.get_note(session, eve, ref(made)) == made
    assert outbox.pending(session)[-1] == work.NoteCreated(account_id=account_id, note=made)


def test_an_author_is_known_even_before_identity_tells_of_them(session, ctx, new_note):
    made = new_note(by=member_ctx(ctx, name="Nora New"))

    assert items.get_note(session, ctx, ref(made)).author.name == "Nora New"


def test_notes_of_others_change_only_with_manage_accounts(session, ctx, new_note, employee):
    """R-NTE-2"""
    emil, eve, chief = employee(), employee("manage_contacts", name="Eve"), employee("manage_accounts", name="Chief")
    note = new_note(by=emil)

    with pytest.raises(work.NotYours):
        change(session, eve, note, body="Mine")
    with pytest.raises(work.NotYours):
        change(session, eve, note, is_pinned=True)
    with pytest.raises(work.NotYours):
        notes.delete_note(session, eve, ref(note))
    changed = change(session, chief, note, body="Checked")
    assert (changed.body, changed.author.name) == ("Checked", "Emil Employee")
    assert change(session, emil, changed, body="Own").body == "Own"
    assert notes.delete_note(session, ctx, ref(note))


def test_an_edit_moves_the_date_and_pinning_does_not(session, ctx, later, new_note):
    """R-NTE-3: latest = last edited"""
    note, tomorrow = new_note(), later(ctx, days=1)

    pinned = change(session, tomorrow, note, is_pinned=True)
    edited = change(session, tomorrow, pinned, title="Bank")

    assert (pinned.updated_at, pinned.version) == (note.updated_at, 2)
    assert (edited.updated_at, edited.version) == (tomorrow.now, 3)
    assert outbox.pending(session)[-1] == work.NoteChanged(account_id=note.account_id, note=edited)


@pytest.mark.parametrize(
    ("field", "value"),
    [("mention_ids", (new_id(),)), ("job_id", new_id()), ("task_id", new_id()), ("body", "  ")],
)
def test_what_is_unknown_is_refused_by_its_field(new_note, field, value):
    with pytest.raises(Invalid) as refused:
        new_note(**{field: value})

    assert refused.value.data["errors"][0]["field"] == field


def test_a_note_is_linked_to_jobs_and_tasks_of_its_account(new_note, new_job, new_task):
    """R-NTE-2"""
    job, task = new_job(), new_task()

    made = new_note(job_id=job.id, task_id=task.id)

    assert (made.job_id, made.task_id) == (job.id, task.id)
    with pytest.raises(Invalid):
        new_note(account_id=new_id(), task_id=task.id)


def test_an_older_version_is_refused_with_what_is_there(session, ctx, new_note):
    note = new_note()
    change(session, ctx, note, body="First")

    with pytest.raises(work.WorkChangedMeanwhile) as refused:
        change(session, ctx, note, body="Second")

    assert refused.value.data["current"]["body"] == "First"


def test_a_deleted_note_is_gone(session, ctx, new_note):
    note = new_note()

    notes.delete_note(session, ctx, ref(note))

    with pytest.raises(work.WorkNotFound):
        items.get_note(session, ctx, ref(note))
    assert outbox.pending(session)[-1] == work.NoteDeleted(account_id=note.account_id, note_id=note.id)


def test_clients_and_the_system_write_no_notes(session, ctx, new_note):
    """R-NTE-1: staff only"""
    client = member_ctx(ctx, kind="portal", role="")
    note = new_note()

    with pytest.raises(work.WorkNotFound):
        items.get_note(session, client, ref(note))
    for by in (client, Context(firm_id=ctx.firm_id)):
        with pytest.raises(Forbidden):
            new_note(by=by)
