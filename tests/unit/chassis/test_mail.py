"""Mail servers as all services reach them: where they are, a line for a run of mails, and what they report."""

import pytest

from chassis import mail
from chassis.mail import reports
from chassis.mail.connection import login_of
from tests.mail import PASSWORD, Smtp


class TestLoginOf:
    @pytest.mark.parametrize(
        ("url", "port", "security"),
        [
            ("smtps://mx.example.com", 465, "tls"),
            ("smtp://mx.example.com", 587, "starttls"),
            ("smtp://127.0.0.1:2525", 2525, "none"),
            ("imaps://mx.example.com/INBOX", 993, "tls"),
            ("imap://mx.example.com", 143, "starttls"),
            ("imap://localhost:1143", 1143, "none"),
        ],
    )
    def test_only_what_is_on_this_machine_is_reached_without_tls(self, url, port, security):
        server = login_of(url).server

        assert (server.port, server.security) == (port, security)

    def test_user_and_password_may_hold_what_addresses_do(self):
        login = login_of("smtp://dossier%40example.com:p%3Aa%2Fss@mx.example.com")

        assert (login.user, login.password) == ("dossier@example.com", "p:a/ss")


class TestLine:
    def test_a_server_that_was_gone_between_two_mails_is_called_again(self, folder):
        with Smtp(folder / "line") as server, mail.Line(self.login(server), 20) as line:
            self.hand_over(line)
            server.restart()

            self.hand_over(line)

            assert len(server.accepted()) == 2

    def test_a_server_that_stays_away_is_told(self, folder):
        with Smtp(folder / "away") as server, mail.Line(self.login(server), 20) as line:
            self.hand_over(line)
            server.stop()

            with pytest.raises(mail.Unreachable):
                self.hand_over(line)

    def test_nothing_is_repeated_once_the_message_may_be_out(self, smtp):
        smtp.behave("die")
        with mail.Line(self.login(smtp), 20) as line, pytest.raises(mail.OutcomeUnknown):
            self.hand_over(line)

        assert len(smtp.accepted()) == 1

    def login(self, server):
        return login_of(f"smtp://dossier:{PASSWORD}@127.0.0.1:{server.port}")

    def hand_over(self, line):
        line.hand_over("a@example.com", ["b@example.com"], b"Subject: x\r\n\r\nHi\r\n", lambda: None)


class TestReport:
    HEAD = b"To: a+x@example.com\r\nContent-Type: multipart/report; boundary=x\r\n\r\n"

    def test_one_recipient_who_was_not_reached_is_what_counts(self):
        told = self.report(
            b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
            b"Final-Recipient: rfc822; a@example.com\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\n"
            b"Final-Recipient: rfc822; B@Example.com\r\nAction: Failed\r\nStatus: 5.1.1\r\n"
            b"Diagnostic-Code: smtp; 550 No\x07body\r\n\r\n"
        )

        assert (told.outcome, told.is_permanent, told.recipients) == ("bounced", True, ("b@example.com",))
        assert (told.words, told.sent_to) == ("B@Example.com: 550 No body", ("a+x@example.com",))

    def test_a_complaint_is_read_wherever_the_parser_leaves_its_fields(self):
        fields = b"Feedback-Type: abuse\r\nOriginal-Rcpt-To: <B@Example.com>\r\nUser-Agent: x/1\r\n\r\n"

        told = self.report(b"Content-Type: message/feedback-report\r\n\r\n" + fields)

        assert (told.outcome, told.recipients) == ("complaint", ("b@example.com",))

    @pytest.mark.parametrize("kind", [b"not-spam", b"auth-failure", b"virus", b""])
    def test_other_feedback_is_no_complaint(self, kind):
        assert self.report(b"Content-Type: message/feedback-report\r\n\r\nFeedback-Type: " + kind + b"\r\n\r\n") is None

    @pytest.mark.parametrize("raw", [b"", b"\xff" * 100, b"--\n" * 9000, b"Content-Type: multipart/report\r\n\r\n"])
    def test_what_is_no_report_is_none(self, raw):
        assert reports.report(raw) is None

    def report(self, part):
        return reports.report(self.HEAD + b"--x\r\n" + part + b"--x--\r\n")
