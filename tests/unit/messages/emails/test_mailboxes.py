"""Members connect mailboxes: proven by a sign-in, sealed at rest, told in words, one's own alone (R-ROLE-3)."""

from dataclasses import replace

import pytest

from chassis.context import Actor, new_id
from chassis.errors import Forbidden, Invalid
from contracts.common import Done
from contracts.mailboxes import MailboxNotFound, MailboxRef, MailboxRefused, MailboxTaken, MailServer
from services.messages import model
from services.messages.operations.emails import mailboxes
from services.messages.queries.emails.mailboxes import list_mailboxes
from tests.mail import PASSWORD


def listed(firm, by=None):
    return [one.email for one in firm.does(list_mailboxes, Done(), by).items]


def test_a_mailbox_is_there_once_both_servers_let_us_in(firm):
    made = firm.connect("zoe")

    assert (made.state, made.is_active, made.member.id) == ("waiting", True, firm.ctx.actor.id)
    firm.look(made)
    (known,) = firm.does(list_mailboxes, Done()).items
    assert (known.state, known.problem) == ("ok", "")
    assert known.synced_at is not None


def test_the_password_is_sealed_and_told_to_nobody(firm):
    made = firm.connect("zoe")

    (row,) = firm.rows(model.Mailbox)
    assert PASSWORD.encode() not in row.secret
    assert PASSWORD not in repr(made)
    assert firm.tools.sealer.unseal(row.id, row.secret) == PASSWORD


@pytest.mark.parametrize(
    ("changes", "server", "words"),
    [
        ({"password": "wrong"}, "imap", "neither this user name nor this password"),
        ({"imap": MailServer(host="127.0.0.1", port=1, security="none")}, "imap", "Nobody answers"),
        ({"smtp": MailServer(host="127.0.0.1", port=1, security="none")}, "smtp", "Nobody answers"),
        ({"imap": MailServer(host="no.such.host.invalid", port=993)}, "imap", "no.such.host.invalid"),
    ],
)
def test_what_the_servers_refuse_is_not_kept_and_said_in_words(firm, changes, server, words):
    with pytest.raises(MailboxRefused, match=words) as told:
        firm.connect("zoe", **changes)

    assert told.value.data["server"] == server
    assert firm.rows(model.Mailbox) == []


def test_no_password_travels_open_but_to_the_same_machine(firm):
    with pytest.raises(Invalid) as told:
        firm.connect("zoe", smtp=MailServer(host="mail.example.com", port=25, security="none"))

    assert told.value.data["errors"][0]["field"] == "smtp.security"


def test_connected_again_it_is_the_same_with_other_servers(firm):
    first = firm.connect("zoe")

    again = firm.connect("zoe", imap=MailServer(host="localhost", port=firm.dovecot.port, security="none"))

    assert (again.id, again.imap.host) == (first.id, "localhost")
    assert len(firm.rows(model.Mailbox)) == 1


def test_a_mailbox_that_another_member_has_is_taken(firm):
    firm.connect("zoe")

    with pytest.raises(MailboxTaken):
        firm.connect("zoe", by=firm.member())


def test_one_sees_and_disconnects_ones_own_owner_and_admins_all(firm):
    emil, other = firm.member(), firm.member()
    mine, theirs = firm.connect("emil", by=emil), firm.connect("other", by=other)

    assert listed(firm, emil) == [firm.address("emil")]
    assert listed(firm) == [firm.address("emil"), firm.address("other")]
    with pytest.raises(MailboxNotFound):
        firm.does(mailboxes.disconnect_mailbox, MailboxRef(mailbox_id=theirs.id), emil)
    firm.does(mailboxes.disconnect_mailbox, MailboxRef(mailbox_id=mine.id))
    assert listed(firm) == [firm.address("other")]


def test_what_was_filed_stays_when_its_mailbox_goes(firm):
    account = firm.account("anna")
    zoe = firm.connect("zoe")
    firm.box("zoe").put(firm.writes("anna", "zoe"))
    firm.look(zoe)

    firm.does(mailboxes.disconnect_mailbox, MailboxRef(mailbox_id=zoe.id))

    assert firm.subjects(account) == ["Hello"]
    assert firm.rows(model.EmailSighting) == []


@pytest.mark.parametrize(
    ("column", "value", "state", "words"),
    [
        ("user_name", "\x01", "refused", "neither this user name"),
        ("imap", {"host": "127.0.0.1", "port": 1, "security": "none"}, "unreachable", "Nobody answers"),
    ],
)
def test_a_mailbox_that_can_not_be_read_says_why(firm, column, value, state, words):
    zoe = firm.connect("zoe")
    with firm.tools.db.transaction(firm.ctx) as session:
        row = session.get(model.Mailbox, (firm.ctx.firm, zoe.id))
        setattr(row, column, value)
        if column == "user_name":
            row.secret = firm.tools.sealer.seal(zoe.id, "outdated")

    firm.look(zoe)

    (known,) = firm.does(list_mailboxes, Done()).items
    assert known.state == state
    assert words in known.problem


def test_clients_have_nothing_to_do_with_mailboxes(firm):
    anna = replace(firm.ctx, actor=Actor(kind="portal", id=new_id(), name="Anna"))

    with pytest.raises(Forbidden):
        listed(firm, anna)
    with pytest.raises(Forbidden):
        firm.connect("anna", by=anna)
