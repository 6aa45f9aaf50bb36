"""The system's mail goes out through a real server: once, later, or never, and then it is said why (ADR 14)."""

import threading

import pytest

from chassis.context import new_id
from services.notifications import model, sending, tokens
from services.notifications.operations import outgoing
from tests.unit.notifications.sending.conftest import SENDER, SITE, Desk


def test_a_mail_is_sent_as_the_firms_with_text_and_html(desk):
    mail_id = desk.mail()

    desk.send()

    assert desk.state(mail_id) == ("sent", "")
    ((envelope, mail),) = desk.arrived()
    assert (envelope["to"], str(mail["To"])) == ([desk.address("anna")], desk.address("anna"))
    assert str(mail["From"]) == f"Roy & Söhne <{SENDER}>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert all("INV-7" in part.get_content() for part in mail.iter_parts())
    row = desk.row(mail_id)
    assert (row.subject, row.sealed, row.due_at) == (str(mail["Subject"]), None, None)
    assert str(mail["Message-ID"]) == f"<{row.message_id}>"
    assert desk.told() == [(mail_id, "sent")]


def test_what_comes_back_finds_its_mail_by_the_address_it_comes_back_to(desk):
    mail_id = desk.mail()

    desk.send()

    local, _, domain = SENDER.partition("@")
    reference = desk.row(mail_id).message_id.partition("@")[0]
    assert desk.arrived()[0][0]["from"] == f"{local}+{reference}@{domain}"


def test_r_not_8_a_mail_of_a_type_can_be_stopped_by_its_own_link_alone(desk):
    typed, security = desk.mail("anna"), desk.mail("emil", **_signing())

    desk.send()

    by_name = {str(mail["To"]): mail for _, mail in desk.arrived()}
    told = str(by_name[desk.address("anna")]["List-Unsubscribe"])
    token = told.removeprefix(f"<{SITE}/unsubscribe/").removesuffix(">")
    assert tokens.digest(token) == desk.row(typed).unsubscribe_digest
    assert tokens.within(desk.system(), token).firm_id == desk.ctx.firm
    assert by_name[desk.address("anna")]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert token in by_name[desk.address("anna")].get_body(("html",)).get_content()
    assert by_name[desk.address("emil")]["List-Unsubscribe"] is None
    assert desk.row(security).unsubscribe_digest is None


def test_a_signers_link_leads_where_the_event_said_and_is_gone_from_the_database(desk):
    mail_id = desk.mail("emil", **_signing())
    assert b"dsr_signing_token" not in desk.row(mail_id).sealed

    desk.send()

    ((_, mail),) = desk.arrived()
    assert f"{SITE}/portal/signing/dsr_signing_token" in mail.get_body(("plain",)).get_content()
    assert desk.row(mail_id).sealed is None


def test_r_not_6_answers_and_copies_go_where_the_firm_says(desk):
    desk.looks(reply_to=desk.address("office"), bcc=desk.address("archive"))
    desk.mail("anna")
    desk.mail("emil", **_signing())

    desk.send()

    to = {str(mail["To"]): (envelope["to"], str(mail["Reply-To"]), mail["Bcc"]) for envelope, mail in desk.arrived()}
    assert to[desk.address("anna")] == (
        [desk.address("anna"), desk.address("archive")], desk.address("office"), None,
    )  # fmt: skip
    assert to[desk.address("emil")][0] == [desk.address("emil")]  # its link is for one pair of eyes


def test_r_not_6_a_copy_that_is_refused_keeps_no_client_from_their_mail(desk):
    desk.looks(bcc=desk.address("archive"))
    desk.smtp.behave(f"refuse {desk.address('archive')}")
    mail_id = desk.mail()

    desk.send()

    assert desk.state(mail_id) == ("sent", "")
    assert desk.arrived()[0][0]["to"] == [desk.address("anna")]


def test_a_run_of_mails_goes_over_one_line_and_one_that_is_refused_leaves_the_others_alone(desk):
    desk.smtp.behave(f"refuse {desk.address('b')}")
    ids = {name: desk.mail(name) for name in "abc"}

    desk.send()

    assert {name: desk.row(mail_id).state for name, mail_id in ids.items()} == {"a": "sent", "b": "failed", "c": "sent"}
    assert len({envelope["line"] for envelope, _ in desk.arrived()}) == 1


def test_a_greylisting_server_is_asked_again_under_the_same_message_id(desk):
    desk.smtp.behave("greylist")
    mail_id = desk.mail()

    desk.send()
    first = desk.row(mail_id)
    assert first.state == "waiting"
    assert "Greylisted" in first.detail
    desk.send()
    assert desk.arrived() == []  # not before its time

    desk.send(after=61)

    assert desk.state(mail_id) == ("sent", "")
    ((_, mail),) = desk.arrived()
    assert str(mail["Message-ID"]) == f"<{first.message_id}>"
    assert desk.row(mail_id).unsubscribe_digest == first.unsubscribe_digest


@pytest.mark.parametrize(("mode", "words"), [("refuse", "550 5.1.1 No such person"), ("refuse_data", "554 5.7.1")])
def test_what_the_server_refuses_for_good_has_failed_with_its_reason(desk, mode, words):
    desk.smtp.behave(mode)
    mail_id = desk.mail()

    desk.send()
    desk.send(after=100_000)

    assert desk.row(mail_id).state == "failed"
    assert words in desk.row(mail_id).detail
    assert (desk.arrived(), desk.told()) == ([], [(mail_id, "failed")])


def test_a_server_that_never_comes_back_is_given_up(ctx, postgres_url, smtp):
    desk = Desk(ctx, postgres_url, smtp, smtp_url="smtp://127.0.0.1:1")
    mail_id = desk.mail()

    for _ in desk.settings.mail_retry_seconds:
        desk.send(after=1000)
        assert desk.row(mail_id).state == "waiting"
    desk.send(after=1000)

    assert desk.state(mail_id) == ("failed", "Nobody answers at 127.0.0.1 on port 1 (SMTP).")


def test_a_server_out_of_reach_costs_one_wait_for_a_whole_run(ctx, postgres_url, smtp):
    desk = Desk(ctx, postgres_url, smtp, smtp_url="smtp://127.0.0.1:1")
    ids = [desk.mail(name) for name in "abc"]

    desk.send()

    assert [desk.row(mail_id).attempts for mail_id in ids] == [1, 0, 0]


def test_a_wrong_password_is_told_and_tried_again(ctx, postgres_url, smtp):
    desk = Desk(ctx, postgres_url, smtp, smtp_url=f"smtp://dossier:wrong@127.0.0.1:{smtp.port}")
    mail_id = desk.mail()

    desk.send()

    state, detail = desk.state(mail_id)
    assert (state, "password" in detail, "wrong" in detail) == ("waiting", True, False)


@pytest.mark.parametrize("mode", ["die", "slow"])
def test_a_server_that_is_gone_while_it_takes_the_mail_is_not_given_it_twice(desk, mode):
    desk.send_seconds = 2.0
    desk.smtp.behave(mode)
    mail_id = desk.mail()

    desk.send()
    desk.smtp.behave("accept")
    desk.send(after=100_000)

    assert desk.state(mail_id) == ("unknown", outgoing.UNKNOWN)
    assert len(desk.arrived()) == (1 if mode == "die" else 0)
    assert desk.told() == [(mail_id, "unknown")]


def test_a_process_that_dies_before_the_message_is_given_tries_again(desk):
    mail_id = desk.mail()
    assert _taken(desk, mail_id) is not None

    desk.send()  # the dead one's lease still runs
    assert desk.arrived() == []
    desk.send(after=sending.LEASE_SECONDS + 1)

    assert desk.state(mail_id) == ("sent", "")
    assert len(desk.arrived()) == 1


def test_a_process_that_dies_while_the_message_is_given_sends_it_no_second_time(desk):
    mail_id = desk.mail()
    me = _taken(desk, mail_id)
    with desk.write() as session:
        assert outgoing.hand_over(session, desk.system(), mail_id, me, "Subject")

    desk.send(after=sending.LEASE_SECONDS + 1)
    desk.send(after=100_000)

    assert desk.state(mail_id) == ("unknown", outgoing.UNKNOWN)
    assert desk.arrived() == []


def test_a_slow_process_whose_lease_is_over_gives_nothing_to_the_server(desk):
    mail_id = desk.mail()
    me = _taken(desk, mail_id)
    desk.send(after=sending.LEASE_SECONDS + 1)

    with desk.write() as session:
        assert not outgoing.hand_over(session, desk.system(), mail_id, me, "Subject")
        outgoing.failed(session, desk.system(), mail_id, me, "Too late")

    assert desk.state(mail_id) == ("sent", "")
    assert len(desk.arrived()) == 1


def test_several_processes_send_each_mail_once(desk):
    ids = [desk.mail(f"n{number}") for number in range(24)]

    # All three want every mail of this firm; what others' tests left waiting is none of theirs.
    workers = [threading.Thread(target=sending.send_run, args=(desk.tools, desk.due())) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert [desk.row(mail_id).state for mail_id in ids] == ["sent"] * 24
    assert sorted(envelope["to"][0] for envelope, _ in desk.arrived()) == sorted(
        desk.address(f"n{number}") for number in range(24)
    )


def test_what_came_up_since_it_was_decided_keeps_a_mail_back(desk):
    """R-NOT-2, R-NOT-7: a type switched off, an address suppressed, while the mail waited."""
    muted, suppressed, on_purpose = desk.mail("a"), desk.mail("b"), desk.mail("b", ignores_suppression=True)
    desk.mutes(muted)
    with desk.write() as session:
        facts = {"email": desk.address("b"), "cause": "by_hand", "suppressed_at": desk.ctx.now}
        session.add(model.Suppression(firm_id=desk.ctx.firm, email_folded=desk.address("b"), **facts))

    desk.send()

    states = [(desk.row(one).state, desk.row(one).reason) for one in (muted, suppressed, on_purpose)]
    assert states == [("not_sent", "type_off"), ("not_sent", "suppressed"), ("sent", None)]


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("invitation", {"sent_at": "2026-11-02T09:30:00+00:00"}),
        ("password_reset", {"reset_id": "01939d5c-6c0e-7b6e-8d05-7f4f7d3a5c11"}),
    ],
)
def test_r_log_4_r_log_5_what_was_taken_back_is_not_sent(desk, kind, about):
    facts = {"email": desk.address("anna"), "expires_at": "2026-12-02T09:30:00+00:00"}
    mail_id = desk.mail(kind=kind, type=None, facts=facts, about=about)

    desk.send()

    assert (desk.row(mail_id).state, desk.row(mail_id).reason) == ("not_sent", "withdrawn")
    assert desk.arrived() == []


def test_a_letter_that_cannot_be_written_is_given_up_and_the_next_is_sent(desk):
    broken, fine = desk.mail("a", facts={"number": "INV-7", "amount": 7}, kind="nothing_known"), desk.mail("b")

    for _ in range(3):
        desk.send(after=1000)

    assert desk.state(broken) == ("failed", sending.UNWRITABLE)
    assert desk.state(fine) == ("sent", "")


def test_without_a_mail_server_mails_wait_and_say_so_once(ctx, postgres_url, smtp):
    desk = Desk(ctx, postgres_url, smtp, smtp_url="")
    mail_id = desk.mail()

    for _ in range(3):
        assert sending.send_due(desk.tools) == 0

    assert desk.state(mail_id) == ("waiting", outgoing.NO_SERVER)
    assert desk.told() == [(mail_id, "waiting")]


def test_another_firm_takes_up_no_mail_of_this_one(desk, ctx, postgres_url, smtp):
    mail_id = desk.mail()
    other = Desk(desk.system().__class__(firm_id=new_id()), postgres_url, smtp)

    with other.write() as session:
        taken = outgoing.take(session, other.ctx, mail_id, new_id(), 60, SENDER, other.sealer.seal)

    assert taken is None
    assert desk.state(mail_id) == ("waiting", "")


def _taken(desk, mail_id):
    me, ctx = new_id(), desk.system()
    with desk.write() as session:
        due = outgoing.take(session, ctx, mail_id, me, sending.LEASE_SECONDS, SENDER, desk.sealer.seal)
    return me if due is not None else None


def _signing():
    facts = {"document": "Engagement letter", "expires_at": "2026-12-02T09:30:00+00:00"}
    return {"kind": "signing_link", "type": None, "facts": facts, "sealed": "dsr_signing_token"}
