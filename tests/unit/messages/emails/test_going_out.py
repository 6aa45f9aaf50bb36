"""E-mail goes out through real servers: once, later, or never, and nobody is told what is not so (R-EML-2, R-EML-6)."""

import datetime as dt
import email as parser
from dataclasses import replace

import pytest

from chassis.context import Context
from chassis.errors import Invalid
from contracts.emails import NotSendable
from contracts.mailboxes import MailboxNotFound, MailServer, NoMailbox
from services.messages import model
from services.messages.operations.emails import mailboxes, outgoing


@pytest.fixture
def zoe(firm):
    return firm.connect("zoe")


@pytest.fixture
def account(firm):
    return firm.account("anna")


def status(firm, account):
    row = firm.section(account).rows[0]
    return row["status"], row["problem"]


def dsn(message_id, action, recipient="anna@example.com", words="smtp; 550 5.1.1 No such person here"):
    """A delivery status notification as servers write it (RFC 3464)."""
    return (
        "From: Mail Delivery System <MAILER-DAEMON@example.com>\r\nTo: zoe@example.com\r\nSubject: Delivery\r\n"
        "Message-ID: <dsn@example.com>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=x\r\n\r\n"
        "--x\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: 5.1.1\r\nDiagnostic-Code: {words}\r\n\r\n"
        f"--x\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{message_id}>\r\nSubject: x\r\n\r\n--x--\r\n"
    ).encode()


def test_what_a_member_writes_is_sent_and_kept_in_their_sent_folder(firm, zoe, account):
    firm.send(account, "anna", subject="Votre bilan été", text="Bonjour,\nvoilà.")
    assert status(firm, account) == ("queued", "")

    firm.send_all()

    assert status(firm, account) == ("sent", "")
    (raw,) = firm.smtp.accepted()
    sent = parser.message_from_bytes(raw, policy=parser.policy.default)
    assert (sent["Subject"], sent["To"]) == ("Votre bilan été", firm.address("anna"))
    assert sent.get_content().replace("\r\n", "\n") == "Bonjour,\nvoilà.\n"
    assert [parser.message_from_bytes(one)["Message-ID"] for one in firm.box("zoe").all("Verzonden")] == [
        sent["Message-ID"]
    ]
    assert firm.rows(model.OutgoingEmail) == []


def test_r_eml_5_the_copy_in_sent_is_not_a_second_mail(firm, zoe, account):
    firm.send(account, "anna")
    firm.send_all()

    firm.look(zoe)

    assert firm.section(account).rows[0]["count"] == 1
    assert len(firm.rows(model.Email)) == 1


def test_an_answer_belongs_to_its_thread_and_marks_what_it_answers(firm, zoe, account):
    question = firm.writes("anna", "zoe", "When?")
    firm.box("zoe").put(question)
    firm.look(zoe)
    (row,) = firm.section(account).rows

    answer = firm.send(account, "anna", subject="", answers=row["id"])
    firm.send_all()

    assert answer.subject == "Re: When?"
    sent = parser.message_from_bytes(firm.smtp.accepted()[0])
    assert sent["In-Reply-To"] == sent["References"] == question["Message-ID"]
    assert [one.status for one in firm.thread(account, row["id"])] == ["answered", "sent"]


def test_r_syn_5_what_the_client_answers_goes_where_it_was_written_from(firm, zoe):
    one, two = firm.account("anna"), firm.account("anna")
    firm.send(two, "anna")
    firm.send_all()
    sent = parser.message_from_bytes(firm.smtp.accepted()[0])

    firm.box("zoe").put(firm.writes("anna", "zoe", "Re: Your return", In_Reply_To=sent["Message-ID"]))
    firm.look(zoe)

    assert (firm.section(one).total, firm.section(two).rows[0]["count"]) == (0, 2)


def test_a_greylisting_server_is_asked_again(firm, zoe, account):
    firm.smtp.behave("greylist")
    firm.send(account, "anna")

    firm.send_all()
    assert status(firm, account)[0] == "queued"
    assert "Greylisted" in status(firm, account)[1]
    firm.send_all()
    assert firm.smtp.accepted() == []  # not before its time

    firm.send_all(after=61)

    assert status(firm, account) == ("sent", "")
    assert len(firm.smtp.accepted()) == 1


@pytest.mark.parametrize(("mode", "words"), [("refuse", "550 5.1.1 No such person"), ("refuse_data", "554 5.7.1")])
def test_what_the_server_refuses_for_good_has_failed_with_its_reason(firm, zoe, account, mode, words):
    firm.smtp.behave(mode)
    firm.send(account, "anna")

    firm.send_all()

    assert status(firm, account)[0] == "failed"
    assert words in status(firm, account)[1]
    assert firm.rows(model.OutgoingEmail) == []


def test_a_server_that_never_comes_back_is_given_up(firm, zoe, account):
    firm.send(account, "anna")
    gone = {"smtp": MailServer(host="127.0.0.1", port=1, security="none")}
    with firm.tools.db.transaction(firm.ctx) as session:
        session.get(model.Mailbox, (firm.ctx.firm, zoe.id)).smtp = {"host": "127.0.0.1", "port": 1, "security": "none"}

    for _ in firm.tools.settings.mail_retry_seconds:
        firm.send_all(after=1000)
        assert status(firm, account)[0] == "queued"
    firm.send_all(after=1000)

    assert status(firm, account) == ("failed", f"Nobody answers at 127.0.0.1 on port {gone['smtp'].port} (SMTP).")


def test_a_server_that_is_gone_while_it_takes_the_mail_is_not_given_it_twice(firm, zoe, account):
    firm.smtp.behave("die")
    firm.send(account, "anna")

    firm.send_all()
    firm.send_all(after=1000)

    assert status(firm, account) == ("failed", outgoing.UNKNOWN)
    assert len(firm.smtp.accepted()) == 1


def test_a_process_that_dies_before_the_message_is_given_tries_again(firm, zoe, account):
    email = firm.send(account, "anna")
    ctx, me = _ago(firm), firm.ctx.firm
    with firm.tools.db.transaction(ctx) as session:
        _due(session, ctx, email)
        assert outgoing.take(session, ctx, email.id, me, 0.5) is not None

    firm.send_all()

    assert status(firm, account) == ("sent", "")


def test_a_process_that_dies_while_the_message_is_given_sends_it_no_second_time(firm, zoe, account):
    email = firm.send(account, "anna")
    ctx, me = _ago(firm), firm.ctx.firm
    with firm.tools.db.transaction(ctx) as session:
        _due(session, ctx, email)
        assert outgoing.take(session, ctx, email.id, me, 0.5) is not None
        assert outgoing.hand_over(session, ctx, email.id, me)

    firm.send_all()

    assert status(firm, account) == ("failed", outgoing.UNKNOWN)
    assert firm.smtp.accepted() == []


def test_a_copy_in_sent_says_that_it_went_out_after_all(firm, zoe, account):
    email = firm.send(account, "anna")
    firm.smtp.behave("die")
    firm.send_all()
    with firm.tools.db.reading(firm.ctx) as session:
        message_id = session.get(model.Email, (firm.ctx.firm, email.id)).message_id
    firm.look(zoe)
    firm.box("zoe").put(firm.writes("zoe", "anna", Message_ID=f"<{message_id}>"), "Verzonden")

    firm.look(zoe)

    assert status(firm, account) == ("sent", "")


def test_what_failed_is_sent_again_under_the_same_message_id_when_somebody_says_so(firm, zoe, account):
    email = firm.send(account, "anna")
    firm.smtp.behave("die")
    firm.send_all()
    firm.smtp.behave("accept")
    ref = outgoing.EmailRef(account_id=account, email_id=email.id)

    firm.does(outgoing.send_again, ref)
    firm.send_all()

    assert status(firm, account) == ("sent", "")
    first, second = (parser.message_from_bytes(one)["Message-ID"] for one in firm.smtp.accepted())
    assert first == second
    with pytest.raises(NotSendable):
        firm.does(outgoing.send_again, ref)


@pytest.mark.parametrize(("action", "expected"), [("failed", "bounced"), ("delivered", "delivered")])
def test_r_eml_2_what_servers_report_is_how_it_stands(firm, zoe, account, action, expected):
    firm.look(zoe)
    email = firm.send(account, "anna")
    firm.send_all()

    firm.box("zoe").put(dsn(f"{email.id}@example.com", action))
    firm.look(zoe)

    assert status(firm, account)[0] == expected
    assert ("No such person" in status(firm, account)[1]) == (action == "failed")
    assert len(firm.rows(model.Email)) == 1  # the report itself is not kept


def test_r_eml_2_a_report_in_another_mailbox_says_nothing(firm, zoe, account):
    other = firm.connect("yves", by=firm.member())
    firm.look(other)
    email = firm.send(account, "anna")
    firm.send_all()

    firm.box("yves").put(dsn(f"{email.id}@example.com", "failed"))
    firm.look(other)

    assert status(firm, account)[0] == "sent"


def test_r_eml_3_mail_is_written_to_people_whose_sync_is_on(firm, zoe, account):
    with pytest.raises(Invalid) as told:
        firm.send(account, "stranger")

    assert "EMAIL SYNC" in told.value.data["errors"][0]["message"]


def test_a_member_without_a_mailbox_or_with_anothers_sends_nothing(firm, zoe, account):
    emil = firm.member()

    with pytest.raises(NoMailbox):
        firm.send(account, "anna", by=emil)
    with pytest.raises(MailboxNotFound):
        firm.send(account, "anna", by=emil, mailbox_id=zoe.id)


def test_r_eml_6_a_member_answers_through_their_own_mailbox(firm, zoe, account):
    emil = firm.member()
    firm.connect("emil", by=emil)
    firm.box("zoe").put(firm.writes("anna", "zoe", "To Zoe"))
    firm.look(zoe)

    answer = firm.send(account, "anna", by=emil, subject="", answers=firm.section(account).rows[0]["id"])

    assert answer.sender.email == firm.address("emil")


def test_what_waits_in_a_mailbox_that_is_disconnected_has_failed(firm, zoe, account):
    firm.send(account, "anna")

    firm.does(mailboxes.disconnect_mailbox, mailboxes.MailboxRef(mailbox_id=zoe.id))
    firm.send_all()

    assert status(firm, account) == ("failed", mailboxes.DISCONNECTED)


def _ago(firm):
    ctx = Context(firm_id=firm.ctx.firm_id)
    return replace(ctx, now=ctx.now - dt.timedelta(seconds=5))


def _due(session, ctx, email):
    session.get(model.OutgoingEmail, (ctx.firm, email.id)).due_at = ctx.now
    session.flush()
