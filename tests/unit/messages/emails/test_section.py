"""The section Email and its list, who opened what, files, purging, intruders (R-EML-1, R-EML-2, R-EML-4, R-SYN-4)."""

from dataclasses import replace

import pytest

from chassis.context import Actor, Context, new_id
from chassis.errors import Forbidden, Invalid
from contracts.accounts import AccountDeleted
from contracts.contacts import AccessChanged
from contracts.emails import (
    AttachmentRef,
    EmailNotFound,
    EmailOptions,
    EmailsChanged,
    EmailSyncChanged,
    KeepEmail,
    StillSynced,
)
from contracts.sections import UnknownSection
from services.messages import model, syncing
from services.messages.operations.emails import saving, synced
from services.messages.queries.emails.views import get_email_attachment


@pytest.fixture
def zoe(firm):
    return firm.connect("zoe")


@pytest.fixture
def account(firm):
    return firm.account("anna", "adam")


@pytest.fixture
def came(firm, zoe):
    """`came("anna", "Subject", day=3)`: a mail to Zoe, looked at; more at once with `look=False`."""

    def come(sender, subject, *, day=1, look=True, **headers):
        mail = firm.writes(sender, "zoe", subject, Date=f"{day:02d} Nov 2026 09:00:00 +0000", **headers)
        firm.box("zoe").put(mail)
        if look:
            firm.look(zoe)
        return mail

    return come


def test_r_eml_1_five_latest_threads_the_latest_on_top(firm, account, came):
    for day in range(1, 8):
        came("anna", f"Day {day}", day=day, look=day == 7)

    section = firm.section(account)

    assert [row["subject"] for row in section.rows] == [f"Day {day}" for day in (7, 6, 5, 4, 3)]
    assert (section.total, section.footer) == (7, {"is_synced": True})
    assert firm.listed(account).total == 7


def test_r_eml_4_without_a_synced_address_the_section_says_so(firm):
    assert firm.section(firm.account()).footer == {"is_synced": False}
    assert firm.section(new_id()).footer == {"is_synced": False}


def test_r_eml_4_it_is_told_when_sync_first_goes_on_and_when_the_last_goes_off(firm):
    account = firm.account("anna")
    firm.sync(account, "anna", "ben")
    firm.sync(account)

    assert [one.is_synced for one in firm.told(EmailSyncChanged)] == [True, False]


def test_older_news_of_links_change_nothing(firm, zoe):
    account = firm.account("anna")
    late = AccessChanged(
        account_id=account, version=1, portal_status="off", is_notified=False, is_synced=False, login_emails=(),
        unlinked=(), synced=(),
    )  # fmt: skip

    firm.does(synced.access_changed, late)
    firm.does(synced.access_changed, replace(late, version=9, synced=None))

    assert firm.section(account).footer == {"is_synced": True}


def test_r_eml_2_one_member_opened_it_so_it_is_read_for_the_whole_firm(firm, account, came):
    came("anna", "Hello")
    (row,) = firm.section(account).rows

    firm.mark_read(account, row["id"])
    assert firm.section(account).rows[0]["status"] == "read"
    firm.mark_read(account, row["id"], is_read=False)
    assert firm.section(account).rows[0]["status"] == "unread"
    assert [one.change for one in firm.told(EmailsChanged)] == ["filed", "changed", "changed"]


def test_the_list_is_narrowed_down(firm, zoe, account, came):
    came("anna", "Été", day=1, look=False)
    came("adam", "Invoice 42", day=2, look=False)
    firm.box("zoe").put(firm.writes("zoe", "anna", "Outgoing"), "Verzonden")
    firm.look(zoe)

    def found(**filters):
        return [row["subject"] for row in firm.listed(account, **filters).rows]

    assert found(direction="sent") == ["Outgoing"]
    assert found(status="unread", q="invoice") == ["Invoice 42"]
    assert found(q="ADAM.") == ["Invoice 42"]
    assert found(address=firm.address("ANNA")) == ["Outgoing", "Été"]
    assert found(q="100%") == []
    for wrong in ({"direction": "up"}, {"status": "odd"}, {"q": ""}, {"colour": "red"}):
        with pytest.raises(Invalid):
            found(**wrong)


def test_attachments_are_listed_and_kept_as_they_came(firm, zoe, account):
    mail = firm.writes("anna", "zoe", "Scans")
    content = b"%PDF-" + bytes(range(256)) * 4096
    mail.add_attachment(content, maintype="application", subtype="pdf", filename="a/b/Scan.pdf")
    firm.box("zoe").put(mail)
    firm.look(zoe)
    (row,) = firm.section(account).rows

    (attachment,) = firm.get(account, row["id"]).attachments
    ref = AttachmentRef(account_id=account, email_id=row["id"], number=1)
    given = firm.does(get_email_attachment, ref)

    assert row["has_attachments"]
    assert (attachment.file_name, attachment.media_type, attachment.size) == (
        "Scan.pdf",
        "application/pdf",
        len(content),
    )
    # Whatever the sender calls it, a browser saves it and shows nothing.
    assert (given.file_name, given.media_type) == ("Scan.pdf", "application/octet-stream")
    assert firm.tools.blobs.get(given.path) == content
    assert b"Good day." in firm.tools.blobs.get(given.path.rpartition("/")[0] + "/0")
    with pytest.raises(EmailNotFound):
        firm.does(get_email_attachment, replace(ref, number=2))


def test_r_syn_2_attachments_that_come_later_are_to_become_documents(firm, zoe, account):
    firm.does(saving.set_email_options, EmailOptions(account_id=account, saves_attachments=True))
    for name, date in (("earlier.pdf", "Mon, 02 Nov 2020 09:30:00 +0100"), ("later.pdf", "")):
        mail = firm.writes("anna", "zoe", name, Date=date)
        mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename=name)
        firm.box("zoe").put(mail)
    firm.look(zoe)

    (wish,) = firm.rows(model.EmailAdoption)
    ctx = Context(firm_id=firm.ctx.firm_id)
    with firm.tools.db.transaction(ctx) as session:
        (asked,) = saving.take(session, ctx, wish.email_id, wish.account_id, 60.0)
        again = saving.take(session, ctx, wish.email_id, wish.account_id, 60.0)

    assert (asked.account_id, asked.name, asked.origin) == (account, "later.pdf", "email")
    assert firm.tools.blobs.get(asked.path) == b"%PDF-1.4"
    assert (asked.uploader.side, asked.uploader.name) == ("client", firm.address("anna"))
    assert again is None


def test_r_syn_5_attachments_of_an_email_that_was_moved_away_do_not_stay_behind(firm, zoe, account):
    """R-DOC-8: it was another client's."""
    firm.does(saving.set_email_options, EmailOptions(account_id=account, saves_attachments=True))
    mail = firm.writes("anna", "zoe", "Tax notice", Date="")
    mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="notice.pdf")
    firm.box("zoe").put(mail)
    firm.look(zoe)
    (wish,) = firm.rows(model.EmailAdoption)
    firm.refile(account, wish.email_id, firm.account("anna"))

    ctx = Context(firm_id=firm.ctx.firm_id)
    with firm.tools.db.transaction(ctx) as session:
        asked = saving.take(session, ctx, wish.email_id, account, 60.0)

    assert asked is None
    assert account not in {one.account_id for one in firm.rows(model.EmailAdoption)}


def test_r_syn_4_purging_is_a_separate_act_and_stays_on_record(firm, zoe, account, came):
    came("anna", "To be purged", look=False)
    came("adam", "To be kept")
    with pytest.raises(StillSynced):
        firm.purge(account, "anna")
    firm.sync(account, "adam")

    purged = firm.purge(account, "ANNA")
    syncing.sweep(firm.tools)
    firm.look(zoe)

    assert purged.count == 1
    assert firm.subjects(account) == ["To be kept"]
    (kept,) = firm.rows(model.EmailPurge)
    assert (kept.email, kept.count, kept.purged_by) == (firm.address("ANNA"), 1, firm.ctx.actor.id)


def test_r_syn_4_only_owner_and_admins_purge(firm, account):
    with pytest.raises(Forbidden):
        firm.purge(account, "anna", by=firm.member())


def test_r_syn_4_what_another_account_has_too_stays_there(firm, zoe):
    one, two = firm.account("anna"), firm.account("anna")
    firm.box("zoe").put(firm.writes("anna", "zoe", "In both"))
    firm.look(zoe)
    firm.file(firm.unfiled()[0], one, two)
    firm.sync(one)

    firm.purge(one, "anna")

    assert (firm.subjects(one), firm.subjects(two)) == ([], ["In both"])


def test_what_comes_by_no_mailbox_is_kept_as_if_it_had_once(firm, account):
    raw = firm.writes("anna", "zoe", "Of an archive").as_string()
    kept = KeepEmail(raw=raw, received_at=firm.ctx.now, is_seen=True)
    system = Context(firm_id=firm.ctx.firm_id)

    first, second = syncing.keep(firm.tools, system, kept), syncing.keep(firm.tools, system, kept)

    assert (firm.subjects(account), first.email_id is None, second.email_id) == (["Of an archive"], False, None)
    assert firm.section(account).rows[0]["status"] == "read"
    with pytest.raises(Invalid):
        syncing.keep(firm.tools, system, replace(kept, raw=firm.writes("stranger", "zoe").as_string()))
    with pytest.raises(Forbidden):
        syncing.keep(firm.tools, firm.ctx, kept)


def test_an_account_that_is_deleted_takes_its_mail_along(firm, account, came):
    came("anna", "Gone")

    firm.does(synced.account_deleted, AccountDeleted(account_id=account, version=9))

    for table in (model.Email, model.EmailFiling, model.AccountThread, model.SyncedAddress):
        assert firm.rows(table) == []
    assert [row.files for row in firm.rows(model.EmailLeftover)] == [0]


def test_another_firm_sees_nothing_of_it(firm, account, came):
    came("anna", "Ours")
    (row,) = firm.section(account).rows
    stranger = replace(firm.ctx, firm_id=new_id())

    assert firm.section(account, stranger).rows == ()
    with pytest.raises(EmailNotFound):
        firm.get(account, row["id"], stranger)


def test_an_email_is_seen_in_its_own_account_alone(firm, account, came):
    came("anna", "Ours")
    (row,) = firm.section(account).rows

    with pytest.raises(EmailNotFound):
        firm.get(firm.account("ben"), row["id"])


def test_clients_see_no_email(firm, account, came):
    """The matrix of §2.4: the firm's e-mail is no part of the portal."""
    came("anna", "Ours")
    (row,) = firm.section(account).rows
    anna = replace(firm.ctx, actor=Actor(kind="portal", id=new_id(), name="Anna"))

    with pytest.raises(Forbidden):
        firm.get(account, row["id"], anna)
    with pytest.raises(Forbidden):
        firm.unfiled(anna)
    with pytest.raises(Forbidden):
        firm.send(account, "anna", by=anna)
    with pytest.raises(UnknownSection):
        firm.section(account, anna)
