"""What comes back is read from a real mailbox: bounces and complaints count for mails of ours alone (R-LOG-8)."""

from dataclasses import replace

import pytest

from chassis.context import new_id
from chassis.outbox import pending
from contracts.suppressions import AddressSuppressed
from services.notifications.mail import references
from services.notifications.operations import outgoing, reporting
from tests.mail import PASSWORD
from tests.unit.notifications.sending.conftest import Desk


@pytest.fixture
def desk(ctx, postgres_url, smtp, dovecot):
    desk = Desk(ctx, postgres_url, smtp)
    desk.box = dovecot.mailbox(f"bounces.{desk.mark}@example.com")
    url = f"imap://{desk.box.user.replace('@', '%40')}:{PASSWORD}@127.0.0.1:{dovecot.port}/INBOX"
    desk.settings = replace(desk.settings, bounces_url=url)
    return desk


@pytest.fixture
def sent(desk):
    mail_id = desk.mail()
    desk.send()
    return mail_id


def test_a_bounce_is_told_and_the_address_gets_no_further_mail(desk, sent):
    later = desk.mail()
    desk.box.put(dsn(desk, sent, "failed"))

    assert desk.read_reports() == 1

    state, detail = desk.state(sent)
    assert (state, "550 5.1.1 No such person" in detail) == ("bounced", True)
    assert desk.suppressions() == {desk.address("anna"): "bounce"}
    with desk.write() as session:
        (told,) = [one for one in pending(session) if isinstance(one, AddressSuppressed)]
    assert told.email == desk.address("anna")
    desk.send()
    assert (desk.row(later).state, desk.row(later).reason) == ("not_sent", "suppressed")


def test_a_report_is_read_once_and_counts_once(desk, sent):
    raw = dsn(desk, sent, "failed")
    desk.box.put(raw)
    assert (desk.read_reports(), desk.read_reports()) == (1, 0)

    desk.box.put(raw)
    desk.read_reports()

    assert desk.told() == [(sent, "sent"), (sent, "bounced")]


def test_a_report_without_the_mail_is_known_by_the_address_it_came_back_to(desk, sent):
    back = references.return_address(desk.row(sent).message_id, desk.settings.mail_from)
    desk.box.put(dsn(desk, sent, "failed", returned="", to=back.upper()))

    assert desk.read_reports() == 1
    assert desk.row(sent).state == "bounced"


def test_an_address_that_is_only_full_for_days_is_not_given_up(desk, sent):
    desk.box.put(dsn(desk, sent, "failed", status="4.2.2", words="smtp; 452 4.2.2 Mailbox full"))

    desk.read_reports()

    assert desk.state(sent) == ("bounced", f"{desk.address('anna')}: 452 4.2.2 Mailbox full")
    assert desk.suppressions() == {}


def test_a_delay_is_shown_and_nothing_more(desk, sent):
    desk.box.put(dsn(desk, sent, "delayed", status="4.4.1", words="smtp; 451 4.4.1 No answer yet"))

    desk.read_reports()

    assert desk.state(sent) == ("sent", f"{desk.address('anna')}: 451 4.4.1 No answer yet")
    assert desk.suppressions() == {}


@pytest.mark.parametrize("action", ["delivered", "relayed"])
def test_a_delivery_is_told(desk, sent, action):
    desk.box.put(dsn(desk, sent, action, status="2.0.0", words="smtp; 250 OK"))

    desk.read_reports()

    assert desk.state(sent) == ("delivered", "")


def test_a_report_clears_up_what_nobody_knew(desk):
    desk.smtp.behave("die")
    mail_id = desk.mail()
    desk.send()
    assert desk.state(mail_id) == ("unknown", outgoing.UNKNOWN)
    desk.box.put(dsn(desk, mail_id, "delivered", status="2.0.0", words="smtp; 250 OK"))

    desk.read_reports()

    assert desk.state(mail_id) == ("delivered", "")
    assert desk.row(mail_id).sent_at is not None


def test_a_complaint_keeps_further_mail_back(desk, sent):
    desk.box.put(complaint(desk, sent, "abuse"))

    assert desk.read_reports() == 1

    assert desk.state(sent) == ("sent", reporting.COMPLAINED)
    assert desk.suppressions() == {desk.address("anna"): "complaint"}


def test_a_complaint_taken_back_or_about_something_else_is_none(desk, sent):
    desk.box.put(complaint(desk, sent, "not-spam"))
    desk.box.put(complaint(desk, sent, "auth-failure"))

    assert desk.read_reports() == 0
    assert (desk.state(sent), desk.suppressions()) == (("sent", ""), {})


def test_r_not_6_a_copy_that_came_back_says_nothing_of_the_client(desk):
    desk.looks(bcc=desk.address("archive"))
    mail_id = desk.mail()
    desk.send()
    desk.box.put(dsn(desk, mail_id, "failed", recipient=desk.address("archive")))

    desk.read_reports()

    assert (desk.state(mail_id), desk.suppressions()) == (("sent", ""), {})


def test_forged_reports_change_nothing(desk, sent):
    """A guessed reference, a mail's id, another firm's reference with this mail's secret, and no report at all."""
    message_id = desk.row(sent).message_id
    other = references.make(desk.account_id)
    guesses = [
        f"{references.make(desk.ctx.firm)}@mail.example.com",
        f"{sent}@mail.example.com",
        f"{other[:26]}{message_id[26:]}",
        message_id.replace("mail.example.com", "evil.example.com"),
    ]
    for guess in guesses:
        desk.box.put(dsn(desk, sent, "failed", returned=guess))
    desk.box.put(f"From: a@example.com\r\nTo: b@example.com\r\nMessage-ID: <{message_id}>\r\n\r\nIt failed.".encode())
    desk.box.put(b"Content-Type: multipart/report; report-type=feedback-report; boundary=x\r\n\r\n--x--")
    desk.box.put(b"--\n" * 6000)

    assert desk.read_reports() == 0

    assert (desk.state(sent), desk.suppressions()) == (("sent", ""), {})
    assert desk.box.flags().count(rb"\Seen") == 7


def test_a_mailbox_that_does_not_answer_stops_nothing(desk):
    desk.settings = replace(desk.settings, bounces_url="imap://a:b@127.0.0.1:1/INBOX")

    assert desk.read_reports() == 0


def test_a_sender_of_a_long_name_is_told_by_the_message_id_alone():
    message_id = references.message_id(references.make(new_id()), "x@example.com")
    sender = "a-very-long-name-of-a-firm@example.com"

    assert references.return_address(message_id, sender) == sender
    assert references.return_address(message_id, "office@example.com").startswith("office+")


def dsn(desk, mail_id, action, *, status="5.1.1", recipient="", returned=None, to="dossier@mail.example.com",
        words="smtp; 550 5.1.1 No such person here"):  # fmt: skip
    """A delivery status notification as servers write it (RFC 3464)."""
    returned = desk.row(mail_id).message_id if returned is None else returned
    headers = f"Message-ID: <{returned}>\r\nSubject: x\r\n" if returned else "Subject: x\r\n"
    return (
        f"From: Mail Delivery System <MAILER-DAEMON@example.com>\r\nTo: {to}\r\nSubject: Delivery\r\n"
        "Message-ID: <dsn@example.com>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=x\r\n\r\n"
        "--x\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient or desk.address('anna')}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: {words}\r\n\r\n"
        f"--x\r\nContent-Type: text/rfc822-headers\r\n\r\n{headers}\r\n--x--\r\n"
    ).encode()


def complaint(desk, mail_id, kind):
    """A feedback report as mailbox providers write it (RFC 5965)."""
    return (
        "From: feedback@provider.example\r\nTo: dossier@mail.example.com\r\nSubject: Abuse report\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report;\r\n boundary=x\r\n\r\n"
        "--x\r\nContent-Type: text/plain\r\n\r\nThis is a report.\r\n"
        "--x\r\nContent-Type: message/feedback-report\r\n\r\n"
        f"Feedback-Type: {kind}\r\nUser-Agent: SomeProvider/1.0\r\nVersion: 1\r\n\r\n"
        "--x\r\nContent-Type: message/rfc822\r\n\r\n"
        f"From: dossier@mail.example.com\r\nMessage-ID: <{desk.row(mail_id).message_id}>\r\nSubject: x\r\n\r\n"
        "Hi\r\n--x--\r\n"
    ).encode()
