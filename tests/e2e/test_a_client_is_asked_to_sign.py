"""The firm asks for approvals, signatures and answers; the overview shows how far each is."""

from tests.firms import Client
from tests.pdfs import blank_pdf, text_of
from tests.stack import until

PLACES = [{"kind": "signature", "page": 1, "x": 0.1, "y": 0.8, "width": 0.3, "height": 0.05}]


def upload(client, account, name, content, kind="application/pdf"):
    response = client.post(
        f"/accounts/{account}/documents", params={"name": name}, content=content, headers={"Content-Type": kind}
    )
    assert response.status_code == 201, response.text
    return response.json()


def section(client, account, name):
    sections = client.made("GET", f"/accounts/{account}/overview")["sections"]
    return next(one for one in sections if one["name"] == name)


def third_party(name):
    return {"name": name, "email": f"{name.split()[0].lower()}@example.com", "fields": PLACES}


def link_of(client, account, request, number):
    signer = request["signers"][number]["id"]
    made = client.made("POST", f"/accounts/{account}/signatures/{request['id']}/signers/{signer}/link")
    return f"/sign/{made['token']}"


def test_third_parties_sign_a_document_and_the_firm_gets_it_signed(firm):
    """R-SGN-4, R-SGN-5, R-DOC-7"""
    account = firm.account()["id"]
    document = upload(firm.owner, account, "Engagement letter.pdf", blank_pdf())
    everything, nobody = f"/accounts/{account}/signatures", Client(firm.url, None)

    request = firm.owner.made(
        "POST",
        everything,
        document_id=document["id"],
        order="sequential",
        signers=[third_party("Theo Third"), third_party("Tess Third")],
    )
    shown = until(lambda: section(firm.owner, account, "signatures")["rows"])
    assert (shown[0]["status"], shown[0]["missing"]) == ("pending", ["Theo Third", "Tess Third"])
    assert "request_signature" in section(firm.owner, account, "signatures")["actions"]

    first = link_of(firm.owner, account, request, 0)
    asked = nobody.made("GET", first)
    assert (asked["name"], asked["is_my_turn"], asked["total"]) == ("Theo Third", True, 2)
    file = nobody.get(f"{first}/file")
    assert (file.status_code, file.headers["content-type"], file.content) == (200, "application/pdf", blank_pdf())
    refused = nobody.post(first, json={"signed_name": "Theo Third", "has_consented": False})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "has_consented")
    nobody.made("POST", first, signed_name="Theo Third", has_consented=True)
    assert nobody.get(first).status_code == 404
    assert until(lambda: section(firm.owner, account, "signatures")["rows"][0]["missing"] == ["Tess Third"])

    second = link_of(firm.owner, account, request, 1)
    assert nobody.made("POST", second, signed_name="Tess Third", has_consented=True)["status"] == "signed"

    evidence = firm.owner.made("GET", f"{everything}/{request['id']}/evidence")
    assert [one["signed_name"] for one in evidence["signatures"]] == ["Theo Third", "Tess Third"]
    assert {one["sha256"] for one in evidence["signatures"]} == {evidence["sha256"]}
    signed = until(lambda: (got := firm.owner.get(f"{everything}/{request['id']}/file")).is_success and got)
    text = text_of(signed.content)
    assert "Theo Third" in text
    assert evidence["sha256"] in text
    versions = firm.owner.made("GET", f"/accounts/{account}/documents/{document['id']}/versions")["items"]
    assert [one["number"] for one in versions] == [2, 1]
    seen = firm.owner.made("GET", f"/accounts/{account}/documents/{document['id']}")
    assert [one["status"] for one in seen["statuses"]] == ["signed"]
    assert until(lambda: section(firm.owner, account, "signatures")["rows"][0]["status"] == "signed")
    nobody.close()


def test_what_can_not_be_signed_is_refused_by_name(firm):
    """R-SGN-3"""
    account = firm.account()["id"]
    text = upload(firm.owner, account, "Not really.pdf", b"just some text", "text/plain")
    document = upload(firm.owner, account, "Letter.pdf", blank_pdf())
    everything = f"/accounts/{account}/signatures"

    no_pdf = firm.owner.post(everything, json={"document_id": text["id"], "signers": [third_party("Theo Third")]})
    qualified = firm.owner.post(everything, json={"document_id": document["id"], "kind": "qualified"})
    nobody = firm.owner.post(everything, json={"document_id": document["id"]})
    stranger = firm.owner.post(
        everything, json={"document_id": document["id"], "signers": [{"contact_id": document["id"]}]}
    )

    assert (no_pdf.status_code, no_pdf.json()["type"]) == (422, "/problems/document_not_signable")
    assert (qualified.status_code, qualified.json()["type"]) == (422, "/problems/signature_kind_not_offered")
    assert nobody.json()["errors"][0]["field"] == "signers"
    assert stranger.json()["errors"][0]["field"] == "signers.0.contact_id"


def test_an_employee_asks_only_with_the_right(firm):
    """The matrix of §2.4, and §2.2"""
    clerk, helper = firm.member("view_all_accounts", "manage_documents"), firm.member("view_all_accounts")
    account = firm.account()["id"]
    document = upload(clerk, account, "Return.pdf", blank_pdf())
    ask = {"document_id": document["id"]}

    refused = helper.post(f"/accounts/{account}/approvals", json=ask)
    approval = clerk.made("POST", f"/accounts/{account}/approvals", **ask)
    twice = clerk.post(f"/accounts/{account}/approvals", json=ask)

    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/documents_not_yours")
    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/approval_pending")
    assert until(lambda: section(helper, account, "approvals")["rows"])[0]["id"] == approval["id"]
    assert section(helper, account, "approvals")["actions"] == []
    assert firm.owner.made("GET", f"/accounts/{account}/approvals")["total"] == 1
    withdrawn = clerk.made("POST", f"/accounts/{account}/approvals/{approval['id']}/withdraw")
    assert withdrawn["status"] == "withdrawn"
    assert until(lambda: section(helper, account, "approvals")["total"] == 0)


def test_an_organizer_is_sent_sealed_and_archived(firm):
    """R-ORG-1, R-ORG-2, R-ORG-4"""
    account = firm.account()["id"]
    question = {"key": "name", "label": "Your name", "kind": "short_text", "is_required": True}
    template = firm.owner.made(
        "POST", "/organizer-templates", name="Tax 2026", sections=[{"title": "You", "questions": [question]}]
    )
    helper = firm.member("view_all_accounts")
    refused = helper.post("/organizer-templates", json={"name": "Mine", "sections": template["sections"]})
    assert refused.status_code == 403

    (organizer,) = helper.made("POST", f"/accounts/{account}/organizers", template_ids=[template["id"]])["items"]
    one = f"/accounts/{account}/organizers/{organizer['id']}"
    assert until(lambda: section(helper, account, "organizers")["rows"])[0]["status"] == "not_opened"
    firm.owner.made("POST", f"{one}/resend")
    assert firm.owner.made("POST", f"{one}/seal")["status"] == "sealed"
    assert firm.owner.post(f"{one}/resend").json()["type"] == "/problems/organizer_closed"
    firm.owner.made("POST", f"{one}/archive")

    steps = [event["step"] for event in firm.owner.made("GET", f"{one}/history")["items"]]
    assert steps == ["created", "resent", "sealed", "archived"]
    assert until(lambda: section(helper, account, "organizers")["total"] == 0)
    assert firm.owner.made("GET", f"/accounts/{account}/organizers?archived=true")["total"] == 1


def test_a_document_locked_to_an_invoice_opens_when_it_is_paid(firm):
    """R-CRD-8, R-APR-3, R-DOC-7"""
    account = firm.account()["id"]
    document = upload(firm.owner, account, "Return.pdf", blank_pdf())
    lines = [{"name": "Tax return", "unit_price": "120.00"}]
    invoice = firm.owner.made("POST", f"/accounts/{account}/invoices", lines=lines)
    firm.owner.made("POST", f"/accounts/{account}/invoices/{invoice['id']}/issue", version=invoice["version"])
    lock = {"invoice_id": invoice["id"]}
    locked = until(
        lambda: (
            (got := firm.owner.put(f"/accounts/{account}/documents/{document['id']}/lock", json=lock)).is_success
            and got
        )
    )
    assert locked.json()["is_locked"] is True
    approval = firm.owner.made("POST", f"/accounts/{account}/approvals", document_id=document["id"])
    assert approval["is_locked"] is True

    firm.owner.made(
        "POST",
        f"/accounts/{account}/payments",
        amount="120.00",
        method="check",
        received_on=invoice["created_at"][:10],
        invoices=[{"invoice_id": invoice["id"], "amount": "120.00"}],
    )

    one = f"/accounts/{account}/approvals/{approval['id']}"
    assert until(lambda: firm.owner.made("GET", one)["is_locked"] is False)
    statuses = firm.owner.made("GET", f"/accounts/{account}/documents/{document['id']}")["statuses"]
    assert [status["status"] for status in statuses] == ["pending_approval"]
    assert until(lambda: section(firm.owner, account, "approvals")["rows"][0]["is_locked"] is False)
