"""E-mail comes in from real mailboxes: whose, how often, from how long ago (R-SYN-1, R-SYN-2, R-EML-3, R-EML-5)."""

import datetime as dt
from dataclasses import replace

import pytest

from chassis.context import Context
from contracts.emails import EmailsChanged
from services.messages import model, syncing
from services.messages.operations.emails import mailboxes
from tests.mail import written


@pytest.fixture
def zoe(firm):
    return firm.connect("zoe")


@pytest.fixture
def account(firm):
    return firm.account("anna")


def test_r_syn_1_what_a_synced_address_writes_appears_in_its_account(firm, zoe, account):
    firm.look(zoe)
    firm.box("zoe").put(firm.writes("anna", "zoe", "My invoices", "Here they are."))

    firm.look(zoe)

    (row,) = firm.section(account).rows
    assert (row["subject"], row["direction"], row["status"]) == ("My invoices", "received", "unread")
    assert row["correspondent"]["email"] == firm.address("anna")
    assert firm.get(account, row["id"]).text == "Here they are."
    assert [one.change for one in firm.told(EmailsChanged) if one.account_id == account] == ["filed"]


def test_r_syn_1_what_a_member_sent_from_their_own_program_appears_too(firm, zoe, account):
    firm.look(zoe)
    firm.box("zoe").put(firm.writes("zoe", "anna", "Your return"), "Verzonden")

    firm.look(zoe)

    (row,) = firm.section(account).rows
    assert (row["direction"], row["status"]) == ("sent", "sent")
    assert row["correspondent"]["email"] == firm.address("anna")


def test_r_syn_2_the_past_exchange_is_fetched_when_sync_goes_on(firm, zoe, account):
    firm.box("zoe").put(firm.writes("ben", "zoe", "Long ago"))
    firm.box("zoe").put(firm.writes("zoe", "carl", "For Ben too", Cc="ben"), "Verzonden")
    firm.look(zoe)
    assert firm.rows(model.Email) == []

    ben = firm.account("ben")
    firm.look(zoe)

    assert sorted(firm.subjects(ben)) == ["For Ben too", "Long ago"]


def test_r_syn_2_a_mailbox_that_is_connected_later_brings_its_past_too(firm, account):
    firm.box("zoe").put(firm.writes("anna", "zoe", "Before"))

    firm.look(firm.connect("zoe"))

    assert firm.subjects(account) == ["Before"]


def test_r_eml_3_nothing_of_anybody_else_is_kept(firm, zoe, account):
    firm.look(zoe)
    firm.box("zoe").put(firm.writes("stranger", "zoe", "Secret plans", "Very secret."))
    firm.box("zoe").put(firm.writes("zoe", "stranger", "Re: Secret plans"), "Verzonden")
    firm.box("zoe").put(firm.writes("xanna", "zoe", "Nearly the same address"))

    firm.look(zoe)

    for table in (model.Email, model.EmailPerson, model.EmailSighting, model.ThreadLink, model.EmailLeftover):
        assert firm.rows(table) == []
    assert not (firm.tools.settings.blobs and list(_files(firm)))


def test_r_eml_5_one_mail_in_two_members_mailboxes_is_one(firm, zoe, account):
    yves = firm.connect("yves", by=firm.member())
    mail = firm.writes("anna", "zoe yves", "To both")
    firm.box("zoe").put(mail)
    firm.box("yves").put(mail)

    firm.look(zoe)
    firm.look(yves)

    assert firm.subjects(account) == ["To both"]
    assert len(firm.rows(model.Email)) == 1
    assert {one.mailbox_id for one in firm.rows(model.EmailSighting)} == {zoe.id, yves.id}


def test_r_eml_5_a_copied_message_id_does_not_hide_another_mail(firm, zoe, account):
    mail = firm.writes("anna", "zoe", "Genuine")
    firm.account("mallory")
    firm.box("zoe").put(firm.writes("mallory", "zoe", "Copied", Message_ID=mail["Message-ID"]))
    firm.box("zoe").put(mail)

    firm.look(zoe)

    assert firm.subjects(account) == ["Genuine"]


def test_r_eml_5_a_thread_is_one_row_its_latest_mail(firm, zoe, account):
    first = firm.writes("anna", "zoe", "Question")
    answer = firm.writes(
        "zoe", "anna", "Re: Question", In_Reply_To=first["Message-ID"], Date="Tue, 03 Nov 2026 09:00:00 +0000"
    )
    thanks = firm.writes(
        "anna", "zoe", "Thanks", References=f"{first['Message-ID']} {answer['Message-ID']}",
        Date="Wed, 04 Nov 2026 09:00:00 +0000",
    )  # fmt: skip
    firm.box("zoe").put(thanks)
    firm.box("zoe").put(first)
    firm.box("zoe").put(answer, "Verzonden")

    firm.look(zoe)

    (row,) = firm.section(account).rows
    assert (row["subject"], row["count"]) == ("Thanks", 3)
    assert [one.subject for one in firm.thread(account, row["id"])] == ["Question", "Re: Question", "Thanks"]
    assert [one.status for one in firm.thread(account, row["id"])] == ["answered", "sent", "unread"]


def test_threads_that_a_later_mail_connects_become_one(firm, zoe, account):
    one, two = firm.writes("anna", "zoe", "One"), firm.writes("anna", "zoe", "Two")
    firm.box("zoe").put(one)
    firm.box("zoe").put(two)
    firm.look(zoe)
    assert firm.section(account).total == 2

    both = f"{one['Message-ID']} {two['Message-ID']}"
    firm.box("zoe").put(firm.writes("anna", "zoe", "Both", References=both, Date="Thu, 05 Nov 2026 09:00:00 +0000"))
    firm.look(zoe)

    assert firm.subjects(account) == ["Both"]
    assert firm.section(account).rows[0]["count"] == 3


def test_a_look_changes_nothing_in_the_mailbox(firm, zoe, account):
    firm.box("zoe").put(firm.writes("anna", "zoe"))

    firm.look(zoe)

    assert b"\\Seen" not in firm.box("zoe").flags()
    assert firm.subjects(account) == ["Hello"]


def test_what_was_opened_in_the_mailbox_counts_as_read(firm, zoe, account):
    firm.box("zoe").put(firm.writes("anna", "zoe", "Seen"), flags="(\\Seen)")

    firm.look(zoe)

    assert firm.section(account).rows[0]["status"] == "read"


def test_other_uids_after_a_folder_was_made_anew_lose_and_double_nothing(firm, zoe, account):
    for subject in ("One", "Two"):
        firm.box("zoe").put(firm.writes("zoe", "anna", subject), "Verzonden")
    firm.look(zoe)
    firm.box("zoe").put(firm.writes("zoe", "anna", "Three"), "Verzonden")
    before = {one.role: one.uidvalidity for one in firm.rows(model.MailFolder)}

    firm.box("zoe").recreate("Verzonden")
    firm.look(zoe)

    assert sorted(firm.subjects(account)) == ["One", "Three", "Two"]
    assert len(firm.rows(model.Email)) == 3
    after = {one.role: one.uidvalidity for one in firm.rows(model.MailFolder)}
    assert after["sent"] != before["sent"]


def test_r_syn_4_turned_off_nothing_more_comes_and_nothing_goes(firm, zoe, account):
    firm.box("zoe").put(firm.writes("anna", "zoe", "Before"))
    firm.look(zoe)

    firm.sync(account)
    firm.box("zoe").put(firm.writes("anna", "zoe", "After"))
    firm.look(zoe)

    assert firm.subjects(account) == ["Before"]
    assert firm.section(account).footer == {"is_synced": False}


def test_r_syn_2_turned_on_again_it_brings_what_came_meanwhile(firm, zoe, account):
    firm.look(zoe)
    firm.sync(account)
    firm.box("zoe").put(firm.writes("anna", "zoe", "Meanwhile"))
    firm.look(zoe)

    firm.sync(account, "anna")
    firm.look(zoe)

    assert firm.subjects(account) == ["Meanwhile"]


def test_r_em_5_an_address_is_the_same_however_it_is_written(firm, zoe):
    account = firm.account("Anna")
    sender = firm.address("ANNA").replace("example.com", "EXAMPLE.com")
    firm.box("zoe").put(written(f"Anna Roy <{sender}>", firm.address("zoe"), "Capital"))

    firm.look(zoe)

    assert firm.subjects(account) == ["Capital"]


def test_a_mailbox_is_looked_into_by_one_process_at_a_time(firm, zoe, account):
    firm.box("zoe").put(firm.writes("anna", "zoe"))
    ctx = Context(firm_id=firm.ctx.firm_id)
    with firm.tools.db.transaction(ctx) as session:
        assert mailboxes.take(session, ctx, zoe.id, ctx.firm, 60.0) is not None

    firm.look(zoe)

    assert firm.subjects(account) == []


def test_what_a_dead_process_left_undone_is_taken_up_when_its_time_is_over(firm, zoe, account):
    firm.box("zoe").put(firm.writes("anna", "zoe"))
    ctx = Context(firm_id=firm.ctx.firm_id)
    ago = replace(ctx, now=ctx.now - dt.timedelta(seconds=1))
    with firm.tools.db.transaction(ago) as session:
        session.get(model.MailboxTurn, (ctx.firm, zoe.id)).due_at = ago.now
        session.flush()
        assert mailboxes.take(session, ago, zoe.id, ctx.firm, 0.5) is not None

    firm.look(zoe)

    assert firm.subjects(account) == ["Hello"]


def test_a_process_that_dies_before_the_mail_is_kept_does_it_again(firm, zoe, account, monkeypatch):
    firm.look(zoe)
    firm.box("zoe").put(firm.writes("anna", "zoe", "Twice tried"))
    with monkeypatch.context() as patched:
        patched.setattr(syncing.ingesting, "ingest", _dies)
        with pytest.raises(RuntimeError):
            firm.look(zoe)
    assert len(firm.rows(model.EmailLeftover)) == 1

    _let_time_pass(firm, zoe)
    firm.look(zoe)

    assert firm.subjects(account) == ["Twice tried"]


def test_files_whose_mail_never_came_to_be_are_swept_away(firm, zoe, account, monkeypatch):
    firm.look(zoe)
    firm.box("zoe").put(firm.writes("anna", "zoe"))
    monkeypatch.setattr(syncing.ingesting, "ingest", _dies)
    with pytest.raises(RuntimeError):
        firm.look(zoe)
    assert list(_files(firm))
    with firm.tools.db.transaction(firm.ctx) as session:
        for row in session.query(model.EmailLeftover):
            row.due_at = firm.ctx.now

    syncing.sweep(firm.tools)

    assert not list(_files(firm))
    assert firm.rows(model.EmailLeftover) == []


def test_a_deactivated_members_mailbox_is_not_read(firm, account):
    """R-ROLE-3: nobody acts for who is gone."""
    emil = firm.member()
    box = firm.connect("emil", by=emil)
    firm.box("emil").put(firm.writes("anna", "emil"))

    firm.knows(emil, is_active=False, version=2)
    firm.look(box)
    assert firm.subjects(account) == []

    firm.knows(emil, is_active=True, version=3)
    firm.look(box)
    assert firm.subjects(account) == ["Hello"]


def _dies(*_):
    raise RuntimeError


def _files(firm):
    from pathlib import Path
    from urllib.parse import urlsplit

    return (path for path in Path(urlsplit(firm.tools.settings.blobs).path).rglob("*") if path.is_file())


def _let_time_pass(firm, mailbox):
    with firm.tools.db.transaction(firm.ctx) as session:
        session.get(model.MailboxTurn, (firm.ctx.firm, mailbox.id)).taken_until = None
