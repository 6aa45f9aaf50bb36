"""Who signs, in which order and where (R-SP-*, R-SIG-6, R-SGN-3), and the PDF that comes of it."""

import datetime as dt
import io
from dataclasses import replace

import pytest
from pypdf import PdfReader, PdfWriter

from chassis.context import new_id
from chassis.errors import Invalid
from contracts.common import Address
from contracts.contacts import Contact, LinkedContact
from contracts.signatures import NotSignable, SignerEntry, SignField
from contracts.switches import AddressSettings, EmailAddress
from services.documents import pdfs, signers
from tests.unit.documents.requests.conftest import blank_pdf

AT = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)


def linked(name, *, rank=None, login="active", email="somebody@example.com"):
    settings = ()
    if email:
        address = EmailAddress(id=new_id(), label="email", email=email)
        settings = (
            AddressSettings(address=address, login=login, is_notified=True, is_synced=False, is_signatory=True),
        )
    contact = Contact(
        id=new_id(), display_name=name, is_name_typed=False, first_name=name, middle_name="", last_name="",
        addresses=(), phones=(), company_name="", address=Address(), notes="", timezone="", tags=(), version=1,
        created_at=AT, updated_at=AT,
    )  # fmt: skip
    return LinkedContact(contact=contact, description="", linked_at=AT, addresses=settings, signer_rank=rank)


ANNA, BERT, CARL = linked("Anna", rank=2), linked("Bert", rank=1), linked("Carl", login="none")
PLACE = SignField(kind="signature", page=1, x=0.1, y=0.1, width=0.2, height=0.05)


def faults(refused):
    return [error["field"] for error in refused.value.data["errors"]]


class TestChosen:
    def test_unless_said_all_with_login_in_the_accounts_order(self):
        """R-SP-1, R-SP-2"""
        made = signers.chosen((), (ANNA, BERT, CARL), pages=1)

        assert [(one.name, one.way) for one in made] == [("Bert", "portal"), ("Anna", "portal")]

    def test_nobody_with_login_is_said(self):
        """R-SP-2"""
        with pytest.raises(Invalid) as refused:
            signers.chosen((), (CARL,), pages=1)

        assert faults(refused) == ["signers"]

    def test_any_contact_and_third_parties_can_be_chosen_in_any_order(self):
        """R-SIG-6, R-SP-2"""
        entries = (
            SignerEntry(name=" Theo Third ", email="theo@example.com"),
            SignerEntry(contact_id=CARL.contact.id),
            SignerEntry(contact_id=ANNA.contact.id),
        )

        made = signers.chosen(entries, (ANNA, BERT, CARL), pages=1)

        assert [(one.name, one.way) for one in made] == [
            ("Theo Third", "link"),
            ("Carl", "link"),
            ("Anna", "portal"),
        ]

    @pytest.mark.parametrize(
        ("entry", "field"),
        [
            (SignerEntry(contact_id=new_id()), "contact_id"),
            (SignerEntry(name="Theo"), "email"),
            (SignerEntry(name=" ", email="theo@example.com"), "name"),
            (SignerEntry(contact_id=ANNA.contact.id, name="Other"), "name"),
            (SignerEntry(contact_id=BERT.contact.id), ""),  # named twice
            (SignerEntry(contact_id=ANNA.contact.id, fields=(replace(PLACE, page=3),)), "fields.0.page"),
            (SignerEntry(contact_id=ANNA.contact.id, fields=(replace(PLACE, x=0.9),)), "fields.0"),
            (SignerEntry(contact_id=ANNA.contact.id, fields=(replace(PLACE, kind="date"),)), "fields"),
        ],
    )
    def test_a_fault_is_named(self, entry, field):
        with pytest.raises(Invalid) as refused:
            signers.chosen((SignerEntry(contact_id=BERT.contact.id), entry), (ANNA, BERT), pages=2)

        assert faults(refused) == [f"signers.1.{field}".rstrip(".")]

    def test_a_contact_who_can_not_be_asked_is_refused(self):
        nowhere = linked("Nina", email="")

        with pytest.raises(Invalid) as refused:
            signers.chosen((SignerEntry(contact_id=nowhere.contact.id),), (nowhere,), pages=1)

        assert faults(refused) == ["signers.0.contact_id"]


class TestPdfs:
    """R-SGN-3: only a PDF, whatever its name says."""

    def test_pages_are_counted(self):
        assert pdfs.pages(blank_pdf((595, 842), (842, 595))) == 2

    @pytest.mark.parametrize("content", [b"", b"hello", b"%PDF-1.7 and then nothing", blank_pdf()[:200]])
    def test_what_is_none_is_refused(self, content):
        with pytest.raises(NotSignable):
            pdfs.pages(content)

    def test_one_with_a_password_is_refused(self):
        writer = PdfWriter(clone_from=PdfReader(io.BytesIO(blank_pdf())))
        writer.encrypt("secret", algorithm="RC4-128")
        made = io.BytesIO()
        writer.write(made)

        with pytest.raises(NotSignable):
            pdfs.pages(made.getvalue())

    def test_marks_and_evidence_are_on_it(self):
        """R-SGN-4"""
        marks = [
            pdfs.Mark(page=2, x=0.1, y=0.8, width=0.3, height=0.05, text="Cora Client", is_script=True),
            pdfs.Mark(page=2, x=0.1, y=0.9, width=0.3, height=0.05, text="Zażółć 漢"),
        ]

        made = pdfs.stamped(blank_pdf((595, 842), (842, 595)), marks, ["Record", "x " * 200] * 60)

        texts = [page.extract_text() for page in PdfReader(io.BytesIO(made)).pages]
        assert texts[0] == ""
        assert "Cora Client" in texts[1]
        assert "Zazółc" in texts[1] or "Zaz" in texts[1]
        assert texts[2].startswith("Record")
        assert len(texts) > 3

    def test_a_turned_page_is_marked_where_people_see_it(self):
        writer = PdfWriter()
        writer.add_blank_page(400, 600).rotate(90)
        turned = io.BytesIO()
        writer.write(turned)
        mark = pdfs.Mark(page=1, x=0.1, y=0.1, width=0.5, height=0.1, text="Cora Client")

        made = pdfs.stamped(turned.getvalue(), [mark], ["Record"])

        page = PdfReader(io.BytesIO(made)).pages[0]
        assert (float(page.cropbox.width), float(page.cropbox.height)) == (600, 400)
        places = []
        page.extract_text(visitor_text=lambda text, _cm, tm, *_: places.append((text, tm)) if text.strip() else None)
        assert "Cora Client" in places[0][0]
