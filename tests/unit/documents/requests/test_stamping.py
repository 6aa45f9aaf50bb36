"""The signed PDF: made at the last signature or by the sweep, once, as a version of the document (R-SGN-4)."""

import hashlib
import io
from dataclasses import replace
from types import SimpleNamespace

import pytest
from pypdf import PdfReader

from chassis import outbox
from chassis.blobs import Blobs
from chassis.config import Settings
from chassis.context import Context
from chassis.testing import database
from contracts import approvals, signatures, signing
from contracts.signatures import SignField
from services.documents import files, requesting
from services.documents.operations import approvals as approving
from services.documents.operations import documents
from services.documents.operations import signatures as asking
from services.documents.operations import signing as signs
from services.documents.queries import documents as shown
from services.documents.queries import requests as queries
from tests.unit.documents.conftest import arrived_for, later, ref
from tests.unit.documents.requests.conftest import blank_pdf, chosen, signature_ref

PLACES = (
    SignField(kind="signature", page=1, x=0.1, y=0.8, width=0.4, height=0.05),
    SignField(kind="initials", page=1, x=0.1, y=0.1, width=0.1, height=0.05),
    SignField(kind="date", page=1, x=0.5, y=0.8, width=0.2, height=0.05),
)


@pytest.fixture
def tools(postgres_url, tmp_path):
    return requesting.Tools(
        db=database(postgres_url, "documents"),
        blobs=Blobs(Settings(blobs=tmp_path.as_uri())),
        compute=lambda function, *arguments: function(*arguments),
        contacts=None,
    )


@pytest.fixture
def filed(sessions, ctx, account_id, tools):
    """A PDF of the account, its file in the store."""
    content = blank_pdf()
    facts = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    with sessions() as session:
        arrived = arrived_for(session, ctx, account_id, **facts)
        made = documents.add(session, ctx, arrived, documents.Place(account_id), "return.pdf")
    tools.blobs.create(files.path(ctx.firm, account_id, arrived.file_id), content)
    return made


@pytest.fixture
def request_of(sessions, ctx, filed):
    def make(*who):
        request = signatures.RequestSignature(account_id=filed.account_id, document_id=filed.id)
        with sessions() as session:
            people = [chosen(one, fields=PLACES) for one in who]
            return asking.request_signature(session, ctx, request, people, filed.file_id)

    return make


@pytest.fixture
def world(sessions, ctx, filed):
    """What the firm sees."""

    def look():
        with sessions() as session:
            return SimpleNamespace(
                document=shown.get_document(session, ctx, ref(filed)),
                versions=shown.list_versions(session, ctx, ref(filed)).items,
            )

    return look


def sign(request):
    return signing.Sign(
        account_id=request.account_id, signature_id=request.id, signed_name="Cora Client", has_consented=True
    )


def test_the_last_signature_makes_it_a_version_of_the_document(
    sessions, ctx, tools, client_ctx, another_client, request_of, filed, world
):
    """R-SGN-4, R-DOC-7"""
    request = request_of(client_ctx, another_client)
    requesting.sign_document(tools, client_ctx, sign(request))
    assert len(world().versions) == 1
    requesting.sign_document(tools, another_client, sign(request))

    newest, _ = world().versions
    content = tools.blobs.get(files.path(ctx.firm, filed.account_id, world().document.file_id))
    texts = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    assert texts[0].count("Cora Client") == 2
    assert "CC" in texts[0]
    assert filed.id.hex not in texts[0]
    assert newest.sha256 == hashlib.sha256(content).hexdigest()
    assert "Carl Client" in texts[1]
    assert [one["status"] for one in world().document.statuses] == ["signed"]
    with sessions() as session:
        found = queries.get_signature_evidence(session, ctx, signature_ref(request))
        mine = queries.get_own_signed_file(session, client_ctx, signature_ref(request))
    assert (found.stamped_sha256, mine.etag) == (newest.sha256, newest.sha256)


def test_it_is_made_once(sessions, ctx, tools, client_ctx, request_of, world):
    request = request_of(client_ctx)
    requesting.sign_document(tools, client_ctx, sign(request))
    requesting.sign_document(tools, client_ctx, sign(request))  # the same key: the same answer
    requesting.stamp(tools, ctx, request.id)

    assert len(world().versions) == 2
    with sessions() as session:
        told = [e.change for e in outbox.pending(session) if isinstance(e, signatures.SignatureChanged)]
    assert told == ["sent", "signed", "completed", "stamped"]


def test_what_was_signed_before_a_crash_is_stamped_by_the_sweep(sessions, tools, client_ctx, request_of, world):
    request = request_of(client_ctx)
    with sessions() as session:
        signs.sign_document(session, client_ctx, sign(request))
    assert len(world().versions) == 1

    requesting.sweep(tools, Context())

    assert len(world().versions) == 2


def test_the_sweep_reminds_once(sessions, ctx, tools, client_ctx, request_of):
    """R-SGN-4: after three days"""
    request = request_of(client_ctx)
    requesting.sweep(tools, replace(later(Context(), days=2, hours=23), firm_id=None))
    for _ in range(2):
        requesting.sweep(tools, replace(later(Context(), days=3, minutes=1), firm_id=None))

    with sessions() as session:
        due = [e for e in outbox.pending(session) if isinstance(e, signatures.SignatureReminderDue)]
    assert [one.signature_id for one in due] == [request.id]


def test_a_document_that_is_another_file_since_keeps_that_file(
    sessions, ctx, account_id, tools, client_ctx, request_of, filed, world
):
    """Its evidence says what was signed all the same."""
    request = request_of(client_ctx)
    with sessions() as session:
        signs.sign_document(session, client_ctx, sign(request))
        documents.add_version(session, ctx, arrived_for(session, ctx, account_id), account_id, filed.id)

    requesting.stamp(tools, ctx, request.id)

    assert len(world().versions) == 2
    with sessions() as session:
        found = queries.get_signature_evidence(session, ctx, signature_ref(request))
    assert (found.status, len(found.signatures), found.stamped_sha256) == ("signed", 1, "")


def test_an_approval_of_the_file_outlives_the_signatures_put_on_it(
    sessions, ctx, tools, client_ctx, request_of, filed, world
):
    """R-APR-1, R-DOC-7: one chip for each"""
    with sessions() as session:
        request = approvals.RequestApproval(account_id=filed.account_id, document_id=filed.id)
        approval = approving.request_approval(session, ctx, request)
    requesting.sign_document(tools, client_ctx, sign(request_of(client_ctx)))

    with sessions() as session:
        answer = approvals.Approve(account_id=filed.account_id, approval_id=approval.id)
        approving.approve_document(session, client_ctx, answer)

    assert [one["status"] for one in world().document.statuses] == ["approved", "signed"]
