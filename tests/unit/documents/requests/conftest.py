"""Short ways to ask a client for something: organizers, approvals, signatures."""

import io
from dataclasses import replace

import pytest

from chassis.context import Actor, new_id
from contracts import approvals, organizers, signatures
from contracts.organizer_templates import CreateOrganizerTemplate, Question, QuestionSection, ShownIf
from contracts.sections import GetSections, ListSection, SectionAsk
from services.documents import signers
from services.documents.operations import approvals as approving
from services.documents.operations import organizer_templates
from services.documents.operations import organizers as organizing
from services.documents.operations import signatures as requesting
from services.documents.queries import sections

QUESTIONS = (
    Question(key="name", label="Your name", kind="short_text", is_required=True),
    Question(key="married", label="Are you married?", kind="yes_no", is_required=True),
    Question(
        key="spouse",
        label="Your spouse's name",
        kind="short_text",
        is_required=True,
        shown_if=ShownIf(question="married", answer="yes"),
    ),
    Question(key="income", label="Income", kind="multiple_choice", choices=("Salary", "Rent", "Interest")),
    Question(key="rent", label="Rent", kind="amount", shown_if=ShownIf(question="income", answer="Rent")),
    Question(key="lease", label="The lease", kind="file", shown_if=ShownIf(question="income", answer="Rent")),
)
ANSWERS = {"name": "Anna Roy", "married": False}


def organizer_ref(organizer):
    return organizers.OrganizerRef(account_id=organizer.account_id, organizer_id=organizer.id)


def approval_ref(approval):
    return approvals.ApprovalRef(account_id=approval.account_id, approval_id=approval.id)


def signature_ref(signature):
    return signatures.SignatureRef(account_id=signature.account_id, signature_id=signature.id)


def blank_pdf(*sizes):
    """A PDF with a blank page of each size."""
    from pypdf import PdfWriter

    writer = PdfWriter()
    for width, height in sizes or ((595, 842),):
        writer.add_blank_page(width, height)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


@pytest.fixture
def another_client(ctx):
    return replace(ctx, actor=Actor(kind="portal", id=new_id(), name="Carl Client"), key=new_id().hex)


@pytest.fixture
def template(session, ctx):
    """`template(questions, is_startable=True)`"""

    def make(questions=QUESTIONS, *, name="Tax organizer", by=ctx, **fields):
        request = CreateOrganizerTemplate(
            name=name, sections=(QuestionSection(title="You", questions=tuple(questions)),), **fields
        )
        return organizer_templates.create_organizer_template(session, by, request)

    return make


@pytest.fixture
def sent(session, ctx, account_id, template):
    """`sent()`: an organizer that the firm sent to the account."""

    def make(made=None, *, by=ctx, **fields):
        made = made or template()
        request = organizers.SendOrganizer(account_id=account_id, template_ids=(made.id,), **fields)
        (organizer,) = organizing.send_organizer(session, by, request).items
        return organizer

    return make


@pytest.fixture
def save(session, client_ctx):
    """`save(organizer, name="Anna")`"""

    def make(organizer, *, by=client_ctx, **answers):
        request = organizers.SaveAnswers(account_id=organizer.account_id, organizer_id=organizer.id, answers=answers)
        return organizing.save_answers(session, by, request)

    return make


@pytest.fixture
def submitted(session, client_ctx, sent, save):
    def make(*args):
        organizer = sent(*args)
        save(organizer, **ANSWERS)
        return organizing.submit_organizer(session, client_ctx, organizer_ref(organizer))

    return make


@pytest.fixture
def asked_approval(session, ctx):
    def make(document, *, by=ctx, **fields):
        request = approvals.RequestApproval(account_id=document.account_id, document_id=document.id, **fields)
        return approving.request_approval(session, by, request)

    return make


def chosen(who, *, way="portal", fields=()):
    """A signer: a portal context, or the name of a third party."""
    if isinstance(who, str):
        return signers.Chosen(None, who, f"{who.split()[0].lower()}@example.com", "link", tuple(fields))
    return signers.Chosen(who.actor.id, who.actor.name, "client@example.com", way, tuple(fields))


@pytest.fixture
def asked_signature(session, ctx):
    """`asked_signature(document, client_ctx, "Theo Third", order="sequential")`"""

    def make(document, *who, by=ctx, **fields):
        request = signatures.RequestSignature(account_id=document.account_id, document_id=document.id, **fields)
        people = [one if isinstance(one, signers.Chosen) else chosen(one) for one in who]
        return requesting.request_signature(session, by, request, people, document.file_id)

    return make


@pytest.fixture
def seen_section(session, ctx, account_id):
    """`seen_section("approvals")`"""

    def ask(name, *, scope="firm", by=ctx):
        request = GetSections(account_id=account_id, sections=(SectionAsk(name=name, scope=scope),))
        (made,) = sections.get_sections(session, by, request).sections
        return made

    return ask


@pytest.fixture
def all_of(session, ctx, account_id):
    """`all_of("approvals", status="all")`: a page of "view all"."""

    def ask(name, *, scope="firm", by=ctx, limit=50, after=None, **filters):
        request = ListSection(
            account_id=account_id, name=name, scope=scope, filters=filters or None, cursor=after, limit=limit
        )
        return sections.list_section(session, by, request)

    return ask
