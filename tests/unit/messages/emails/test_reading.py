"""What strangers send is read without harm: broken, huge, or made to keep us busy."""

import datetime as dt
import time
from email.message import EmailMessage

import pytest

from chassis.mail import reports
from services.messages.mail import reading
from services.messages.mail.plain import text_of
from tests.mail import written

AT = dt.datetime(2026, 11, 2, 8, 30, tzinfo=dt.UTC)
SECONDS = 5.0  # for what takes a tenth of that on an idle machine
HOSTILE = {
    "an empty message": b"",
    "no header": b"\r\nonly a body",
    "no end of the header": b"From: a@example.com\r\nSubject: x",
    "zeros and halves of pairs": b"From: a\x00b <a@example.com>\r\n"
    b"Subject: =?utf-8?b?7aCA?= \xed\xa0\x80 \x00\r\n\r\n\x00",
    "a header of five megabytes": b"From: a@example.com\r\nX: " + b"y" * 5_000_000 + b"\r\n\r\nhi",
    "a hundred thousand recipients": b"From: a@example.com\r\nTo: " + b"b@example.com, " * 100_000 + b"\r\n\r\nhi",
    "a hundred thousand fields": b"From: a@example.com\r\n" + b"To: b@example.com\r\n" * 100_000 + b"\r\nhi",
    "a hundred thousand encoded words": b"Subject: " + b"=?utf-8?q?=C3=A9?= " * 100_000 + b"\r\n\r\nhi",
    "comments in comments": b"From: " + b"(" * 19_000 + b" a@example.com\r\n\r\nhi",
    "open quotes": b'From: "' + b'\\"@' * 6_000 + b"\r\nReferences: " + b"<a" * 10_000 + b"\r\n\r\nhi",
    "parts in parts": b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    + b"--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" * 10_000,
    "messages in messages": b"Content-Type: message/rfc822\r\n\r\n" * 5_000,
    "a million parts": b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\na\r\n" * 1_000_000,
    "a boundary of nothing": b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n\r\na\r\n----\r\n",
    "a charset that is none": b"Content-Type: text/plain; charset=klingon\r\n\r\n\xe9t\xe9",
    "a charset that is work": b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"-" * 500_000,
    "a charset in pieces": b"Content-Type: text/plain; charset*0*=utf-8''%; charset*1=x\r\n\r\nhi",
    "broken base64": b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n====!!!!a",
    "an unknown encoding": b"Content-Type: text/plain\r\nContent-Transfer-Encoding: x-rot13\r\n\r\nhi",
    "tags without end": b"Content-Type: text/html\r\n\r\n" + b"<div " * 200_000,
    "tags in tags": b"Content-Type: text/html\r\n\r\n" + b"<b>" * 300_000 + b"deep",
    "a date of no calendar": b"Date: Fri, 99 Foo 99999 99:99:99 +9999\r\n\r\nhi",
    "a file name in a charset that is none": b"Content-Type: text/plain; name*=idna''abc\r\n\r\nhi",
    "a file name in pieces that do not fit": b"Content-Disposition: attachment; filename*1=b.txt; filename=a\r\n\r\nhi",
    "a message within with a field that can not be": b"Content-Type: message/rfc822\r\n\r\n"
    b"Subject: Report\x0cTotal: 5\r\n\r\nhi",
    "a message within with a boundary that can not be": b"Content-Type: message/rfc822\r\n\r\n"
    b"Content-Type: multipart/mixed; boundary=\xe9\r\n\r\n--\xe9\r\n\r\n\xe9t\xe9\r\n",
    "identifiers with zeros": b"Message-ID: <a\x00b@example.com>\r\nReferences: <c\x00d@example.com>\r\n\r\nhi",
    "a file name that leads upwards": b'Content-Type: application/pdf; name="../../etc/passwd"\r\n\r\nx',
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_it_is_read_in_time_and_leaves_nothing_that_can_not_be_kept(raw):
    began = time.monotonic()

    read = reading.read(raw, AT)
    reports.report(raw)
    reading.identity(raw)

    assert time.monotonic() - began < SECONDS
    head = read.envelope
    said = [read.text, head.subject, head.sender.name, *(one.name for one in read.files)]
    said += [head.message_id, *head.references]
    assert not [one for one in said if "\x00" in one or any("\ud800" <= c <= "\udfff" for c in one)]
    assert all("/" not in one.name and not one.name.startswith(".") for one in read.files)
    assert len(read.text) <= reading.TEXT
    assert len(read.envelope.people) <= 4 * reading.ADDRESSES


def test_attachments_of_25_megabytes_are_read_in_time():
    mail = written("anna@example.com", "zoe@example.com", "Scans")
    content = bytes(range(256)) * (25 * 4096)
    mail.add_attachment(content, maintype="application", subtype="pdf", filename="Scan été.pdf")
    raw = mail.as_bytes()
    began = time.monotonic()

    read = reading.read(raw, AT)

    (file,) = read.files
    assert (file.name, file.media_type, file.content) == ("Scan été.pdf", "application/pdf", content)
    assert read.text == "Good day."
    assert time.monotonic() - began < 4 * SECONDS


def test_words_are_taken_from_plain_text_where_there_is_some_else_from_html():
    mail = written("anna@example.com", "zoe@example.com", text="As text")
    mail.add_alternative("<p>As <b>HTML</b></p>", subtype="html")
    only = EmailMessage()
    only.set_content("<p>One</p><script>alert(1)</script><style>p{}</style><p>Two &amp; three<br>four", subtype="html")

    assert reading.read(mail.as_bytes(), AT).text == "As text"
    assert reading.read(only.as_bytes(), AT).text.split("\n") == ["One", "", "Two & three", "four"]


def test_a_picture_within_the_text_is_no_attachment_but_one_sent_along_is():
    mail = written("anna@example.com", "zoe@example.com")
    mail.add_alternative("<p>Hello <img src='cid:logo'></p>", subtype="html")
    mail.get_payload()[1].add_related(b"logo", "image", "png", cid="<logo>")
    mail.add_attachment(b"photo", maintype="image", subtype="jpeg", filename="house.jpg")

    assert [one.name for one in reading.read(mail.as_bytes(), AT).files] == ["house.jpg"]


def test_a_mail_that_is_attached_stays_in_one_piece():
    inner = written("ben@example.com", "anna@example.com", "Inner", "Of the inner one")
    mail = written("anna@example.com", "zoe@example.com")
    mail.add_attachment(inner)

    read = reading.read(mail.as_bytes(), AT)

    assert read.text == "Good day."
    assert [one.media_type for one in read.files] == ["message/rfc822"]
    assert b"Of the inner one" in read.files[0].content


def test_a_mail_without_a_message_id_is_the_same_in_each_mailbox():
    mail = written("anna@example.com", "zoe@example.com", Message_ID="").as_bytes()
    other = b"Received: from mx by mx2\r\n" + mail.replace(b"\n", b"\r\n")

    assert reading.identity(mail) == reading.identity(other)
    assert reading.identity(mail) != reading.identity(mail.replace(b"Good", b"Bad"))


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Mon, 02 Nov 2026 09:00:00 +0100", AT.replace(hour=8, minute=0)),
        ("Mon, 02 Nov 2026 08:00:00", AT.replace(minute=0)),
        ("Fri, 01 Jan 2100 08:00:00 +0000", AT),
        ("Thu, 01 Jan 1970 00:00:00 +0000", AT),
        ("yesterday", AT),
        ("", AT),
    ],
)
def test_a_date_that_can_not_be_gives_way_to_that_of_its_arrival(date, expected):
    mail = written("anna@example.com", "zoe@example.com", Date=date)

    assert reading.read(mail.as_bytes(), AT).envelope.sent_at == expected


def test_references_are_the_last_fifty_the_answered_one_at_the_end():
    many = " ".join(f"<{number}@example.com>" for number in range(100))
    mail = written("a@example.com", "z@example.com", References=many, In_Reply_To="<last@example.com>")

    found = reading.envelope(mail.as_bytes(), AT).references

    assert (len(found), found[-1], found[-2]) == (50, "last@example.com", "99@example.com")


def test_text_of_a_page_has_no_control_characters():
    assert text_of("<p>a\u202eb\x07</p><p>c</p>") == "ab\n\nc"


def test_a_report_that_names_no_mail_of_ours_is_none():
    assert (
        reports.report(b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x--") is None
    )
