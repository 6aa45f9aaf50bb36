"""A firm sends a proposal, its clients sign, and what they agreed to comes true: invoice, credit, tags, job."""

from uuid import UUID

import psycopg
import pytest

from chassis.context import Actor, Context
from contracts.proposal_signing import MyProposals, SignProposal
from contracts.proposals import ProposalRef
from tests.firms import Client, Firm, on_the_bus, person
from tests.stack import until

MONTHLY = {"service": "Bookkeeping", "unit_price": "80.00", "cadence": "monthly"}
ONCE = {"service": "Tax return", "unit_price": "250.00", "tax_rate": "20"}


@pytest.fixture
def account(firm):
    """An account whose two contacts may sign, and the contacts."""
    contacts = [{"new": person(first_name=name)} for name in ("Anna", "Bert")]
    made = firm.account(contacts=contacts)
    at = f"/accounts/{made['id']}"
    signers = [one["contact"] for one in firm.owner.made("GET", f"{at}/contacts")["items"]]
    for contact in signers:
        let_in(firm, at, contact)
    return at, signers


def let_in(firm, at, contact, **switches):
    """Switch LOGIN on, which takes signing along (R-SIG-1)."""
    version = firm.owner.made("GET", f"{at}/contacts")["version"]
    address = contact["addresses"][0]["id"]
    path = f"{at}/contacts/{contact['id']}/addresses/{address}"
    firm.owner.made("PATCH", path, version=version, **(switches or {"is_login_on": True}))


def write(client, at, **fields):
    known = {"name": "Tax 2026", "packages": [{"name": "Standard", "lines": [ONCE]}], **fields}
    return client.made("POST", f"{at}/proposals", **known)


def send(client, at, proposal):
    return client.made("POST", f"{at}/proposals/{proposal['id']}/send", version=proposal["version"])


def as_client(stack, firm, contact, call, request):
    """What a contact does in the portal, past its sign-in."""
    actor = Actor(kind="portal", id=UUID(contact["id"]), name=contact["display_name"])
    ctx = Context(firm_id=UUID(firm.id), actor=actor)
    return on_the_bus(stack.env, lambda bus: bus.call(ctx, "billing", call, request))


def sign(stack, firm, at, proposal, contact, package=0, **fields):
    known = {
        "account_id": UUID(at.rpartition("/")[2]),
        "proposal_id": UUID(proposal["id"]),
        "version": proposal["version"],
        "package_id": UUID(proposal["packages"][package]["id"]),
        "ip": "192.0.2.7",
        "agent": "Firefox",
        **fields,
    }
    return as_client(stack, firm, contact, "sign_proposal", SignProposal(**known))


def section(client, at):
    (found,) = client.made("GET", f"{at}/overview?sections=proposals")["sections"]
    return found


def test_from_the_draft_to_all_that_follows(stack, firm, account):
    """R-PRP-1 to R-PRP-5, R-SIG-1, R-SIG-2, R-SIG-3, R-TAG-4, R-CRD-1"""
    at, (anna, bert) = account
    owner = firm.owner
    tag = owner.made("POST", "/tags", name="Monthly client")
    pipeline = owner.made("POST", "/pipelines", name="Tax", stages=[{"name": "Collect"}, {"name": "File"}])
    full = {
        "name": "Full",
        "lines": [ONCE, MONTHLY],
        "tag_ids": [tag["id"]],
        "job": {"pipeline_id": pipeline["id"], "name": "Tax 2026"},
    }
    draft = write(
        owner,
        at,
        packages=[{"name": "Basic", "lines": [ONCE]}, full],
        invoicing="on_signature",
        issues_invoices=True,
        deposit="99.99",
        payment_method="bank_debit",
        authorization="automatic",
    )
    assert section(owner, at)["total"] == 0

    sent = send(owner, at, draft)
    assert [signer["contact_id"] for signer in sent["signers"]] == [anna["id"], bert["id"]]
    assert until(lambda: section(owner, at)["rows"])[0]["status"] == "pending"
    assert section(owner, at)["footer"] == {"pending": 1, "partially_signed": 0}

    first = sign(stack, firm, at, sent, anna, package=1)
    last = sign(stack, firm, at, sent, bert, package=1)
    assert (first["status"], last["status"]) == ("partially_signed", "signed")

    signed = owner.made("GET", f"{at}/proposals/{sent['id']}")
    evidence = signed["signers"][0]["signature"]
    assert (evidence["ip"], evidence["content_sha256"]) == ("192.0.2.7", sent["content_sha256"])
    (invoice_id,) = signed["invoice_ids"]
    assert owner.made("GET", f"{at}/invoices/{invoice_id}")["total"] == "300.00"
    assert until(lambda: [one["name"] for one in owner.made("GET", at)["tags"]]) == ["Monthly client"]
    jobs = until(lambda: owner.made("GET", f"{at}/jobs")["rows"])
    assert [(job["name"], job["stage"]["name"]) for job in jobs] == [("Tax 2026", "Collect")]
    row = until(lambda: [row for row in section(owner, at)["rows"] if row["status"] == "signed"])[0]
    assert (row["signed"], row["signers_total"], row["payment_method"], row["authorization"], row["invoicing"]) == (
        2,
        2,
        "bank_debit",
        "automatic",
        "on_signature",
    )

    day = signed["signed_at"][:10]
    received = owner.made("POST", f"{at}/proposals/{sent['id']}/deposit", method="transfer", received_on=day)
    assert received["deposit_received_at"] is not None
    assert [one["credit"] for one in owner.made("GET", f"{at}/balance")["items"]] == ["99.99"]
    totals = until(lambda: both_invoices(owner, at), timeout=90)  # the second by the clock, within a minute
    assert totals == {"300.00", "80.00"}
    assert until(lambda: stack.has_told_all("billing"))


def both_invoices(client, at):
    """What one-off and monthly lines came to, once both are invoiced."""
    rows = client.made("GET", f"{at}/invoices")["rows"]
    return {row["amount"] for row in rows} if len(rows) > 1 else None


def test_nobody_may_sign(firm, account):
    """R-SIG-4: all switched off."""
    at, signers = account
    for contact in signers:
        let_in(firm, at, contact, is_signatory=False)
    draft = write(firm.owner, at)

    refused = firm.owner.post(f"{at}/proposals/{draft['id']}/send", json={"version": 1})

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/no_signatories")
    assert refused.json()["accounts"] == [at.rpartition("/")[2]]
    assert firm.owner.made("GET", f"{at}/proposals/{draft['id']}")["status"] == "draft"


def test_many_accounts_at_once(stack, firm, account):
    """R-SIG-4"""
    at, _ = account
    mute = firm.account()["id"]
    stranger = Firm(stack.url, stack.env).account()["id"]
    able = at.rpartition("/")[2]
    proposal = {"name": "Letter", "kind": "engagement_letter", "packages": [{"name": "All", "lines": [ONCE]}]}

    answer = firm.owner.made("POST", "/proposals/send", account_ids=[able, mute, stranger], proposal=proposal)

    assert [(one["account_id"], one["refusal"]) for one in answer["items"]] == [
        (able, None),
        (mute, "no_signatories"),
        (stranger, "account_not_found"),
    ]
    made = firm.owner.made("GET", f"{at}/proposals/{answer['items'][0]['proposal_id']}")
    assert (made["status"], made["kind"]) == ("pending", "engagement_letter")


def test_a_contact_unlinked_meanwhile_is_flagged_and_can_be_taken_away(stack, firm, account):
    """R-LNK-3, R-SIG-5"""
    at, (anna, bert) = account
    owner = firm.owner
    sent = send(owner, at, write(owner, at))
    path = f"{at}/proposals/{sent['id']}"
    sign(stack, firm, at, sent, anna)

    owner.made("DELETE", f"{at}/contacts/{bert['id']}")
    assert until(lambda: owner.made("GET", path)["signers"][1]["is_unlinked"])
    left = owner.made("DELETE", f"{path}/signers/{bert['id']}")

    assert (left["status"], left["signed"], left["signers_total"]) == ("signed", 1, 1)


def state_known_to_billing(stack, firm, at):
    with psycopg.connect(stack.database_of("billing")) as connection:
        connection.execute("SELECT set_config('app.firm_id', %s, false)", [firm.id])
        query = "SELECT state FROM signer_account WHERE account_id = %s"
        return connection.execute(query, [at.rpartition("/")[2]]).fetchone()[0]


def test_what_was_sent_to_an_archived_account_stays(stack, firm, account):
    """R-ARC-1"""
    at, _ = account
    owner = firm.owner
    sent, draft = send(owner, at, write(owner, at)), write(owner, at, name="Draft")
    owner.made("POST", f"{at}/archive")
    until(lambda: state_known_to_billing(stack, firm, at) == "archived")

    kept, gone = (owner.delete(f"{at}/proposals/{one['id']}") for one in (sent, draft))

    assert (kept.status_code, kept.json()["type"]) == (409, "/problems/proposal_not_deletable")
    assert gone.status_code == 204


class TestIntruders:
    """R-PRP-4, R-OV-5, R-ACC-5, and the matrix of §2.4"""

    @pytest.fixture
    def sent(self, firm, account):
        at, _ = account
        return send(firm.owner, at, write(firm.owner, at))

    def test_without_the_right_the_section_is_absent_and_every_route_refuses(self, firm, account, sent):
        at, (anna, _) = account
        colleague = firm.member("view_all_accounts", "manage_invoices")
        one = f"{at}/proposals/{sent['id']}"

        names = [found["name"] for found in colleague.made("GET", f"{at}/overview")["sections"]]
        answers = [
            colleague.get(f"{at}/proposals"),
            colleague.post(f"{at}/proposals", json={"name": "X", "packages": []}),
            colleague.get(one),
            colleague.patch(one, json={"version": 1, "name": "X"}),
            colleague.delete(one),
            colleague.post(f"{one}/copy", json={}),
            colleague.post(f"{one}/send", json={"version": 1}),
            colleague.post(f"{one}/withdraw", json={"version": 1}),
            colleague.delete(f"{one}/signers/{anna['id']}"),
            colleague.post(f"{one}/deposit", json={"method": "cash", "received_on": "2026-01-01"}),
            colleague.post("/proposals/send", json={"account_ids": [], "proposal": {}}),
        ]

        assert "proposals" not in names
        assert {answer.status_code for answer in answers} == {403}

    def test_another_firm_nobody_and_a_colleague_without_access_find_nothing(self, stack, firm, account, sent):
        at, _ = account
        stranger, nobody = Firm(stack.url, stack.env).owner, Client(stack.url, None)
        colleague = firm.member("manage_proposals")

        answers = [client.get(f"{at}/proposals/{sent['id']}").status_code for client in (stranger, nobody, colleague)]

        assert answers == [404, 401, 404]

    def test_nobody_of_the_firm_signs_for_a_client(self, firm, account, sent):
        at, _ = account
        body = {"version": sent["version"], "package_id": sent["packages"][0]["id"]}
        mine = f"/portal{at}/proposals"

        answers = [
            firm.owner.post(f"{mine}/{sent['id']}/sign", json=body),
            firm.owner.post(f"{mine}/{sent['id']}/decline", json={"version": 1, "reason": "No"}),
            firm.owner.get(mine),
            firm.owner.get(f"{mine}/{sent['id']}"),
        ]

        assert {answer.status_code for answer in answers} == {401}

    def test_a_contact_of_another_account_signs_and_reads_nothing(self, stack, firm, account, sent):
        at, _ = account
        other = firm.account()["id"]
        stranger = firm.owner.made("GET", f"/accounts/{other}/contacts")["items"][0]["contact"]
        ref = ProposalRef(account_id=UUID(at.rpartition("/")[2]), proposal_id=UUID(sent["id"]))

        with pytest.raises(Exception, match="proposal_not_found"):
            sign(stack, firm, at, sent, stranger)
        with pytest.raises(Exception, match="proposal_not_found"):
            as_client(stack, firm, stranger, "get_my_proposal", ref)
        mine = as_client(stack, firm, stranger, "list_my_proposals", MyProposals(account_id=ref.account_id))
        assert mine["items"] == []

    def test_a_forged_version_is_no_signature(self, stack, firm, account, sent):
        at, (anna, _) = account

        with pytest.raises(Exception, match="proposal_changed"):
            sign(stack, firm, at, sent, anna, version=sent["version"] + 1)
        assert firm.owner.made("GET", f"{at}/proposals/{sent['id']}")["signed"] == 0

    def test_drafts_of_others_are_not_listed(self, firm, account):
        """R-OV-9"""
        at, _ = account
        other = firm.member("manage_proposals", "view_all_accounts")
        write(other, at, name="Theirs")

        mine, theirs = (client.made("GET", f"{at}/proposals?status=draft")["rows"] for client in (firm.owner, other))

        assert ([row["name"] for row in mine], [row["name"] for row in theirs]) == ([], ["Theirs"])


def test_the_same_request_twice_writes_one(firm, account):
    at, _ = account
    body = {"name": "Once", "packages": [{"name": "Standard", "lines": [ONCE]}]}
    headers = {"Idempotency-Key": "write-a-proposal-once"}

    first, second = (firm.owner.post(f"{at}/proposals", json=body, headers=headers) for _ in range(2))

    assert (first.status_code, first.json()) == (201, second.json())


def test_what_is_wrong_is_named_by_its_field(firm, account):
    at, _ = account
    wrong = {
        "packages": {"packages": []},
        "packages.0.lines": {"packages": [{"name": "A", "lines": []}]},
        "currency": {"currency": "euro"},
        "deposit": {"deposit": "-1"},
        "kind": {"kind": "letter"},
        "expires_on": {"expires_on": "2020-01-01"},
    }

    for field, fields in wrong.items():
        body = {"name": "X", "packages": [{"name": "Standard", "lines": [ONCE]}], **fields}
        answer = firm.owner.post(f"{at}/proposals", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
