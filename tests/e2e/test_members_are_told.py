"""Members are told what clients do on accounts they follow, and what concerns them: in their list and by mail."""

import psycopg
import pytest

from services.notifications.letters.kinds import KINDS, wrong_facts
from tests.firms import Firm, person
from tests.pdfs import blank_pdf
from tests.stack import until

FILE = {"Content-Type": "application/octet-stream"}
RIGHTS = ("manage_documents", "manage_payments", "manage_proposals")


class Office:
    """A firm with its owner, an employee on the team of one account, and a client of it in the portal."""

    def __init__(self, stack, firm):
        self.stack, self.firm, self.owner = stack, firm, firm.owner
        self.emil = firm.member(*RIGHTS)
        anna = person()
        self.account = firm.account("Roy Family", contacts=[{"new": anna}])
        self.at = f"/accounts/{self.account['id']}"
        self.team(firm.signed_in["member"]["id"], self.emil.member["id"])
        self.anna = firm.portal(self.account, anna["email"])
        (linked,) = self.owner.made("GET", f"{self.at}/contacts")["items"]
        self.contact = linked["contact"]

    def team(self, *members):
        version = self.owner.made("GET", self.at)["version"]
        self.owner.made("PUT", f"{self.at}/team", version=version, members=list(members))

    def upload(self, by, name, headers=None):
        sent = by.post(f"{self.at}/documents", params={"name": name}, content=blank_pdf(), headers=headers or FILE)
        assert sent.is_success, sent.text
        return sent.json()

    def mails(self, member_id):
        """Kind, state and what it tells, of each mail to a member."""
        with psycopg.connect(self.stack.database_of("notifications")) as connection:
            connection.execute("SELECT set_config('app.firm_id', %s, false)", [self.firm.id])
            query = "SELECT kind, email, locale, facts FROM mail WHERE member_id = %s ORDER BY id"
            return connection.execute(query, [member_id]).fetchall()

    def told(self, client, kind, count=1):
        """The notices of a kind, as soon as there are as many."""

        def there():
            found = [one for one in client.made("GET", "/notices?limit=100")["items"] if one["kind"] == kind]
            return len(found) >= count and found

        return until(there)


@pytest.fixture
def office(stack, firm):
    made = Office(stack, firm)
    yield made
    made.emil.close()
    made.anna.close()


def test_the_first_to_come_in_is_told_to_followers(office):
    """R-LOG-9, R-FOL-1"""
    (notice,) = office.told(office.emil, "client_activated")

    assert (notice["account_id"], notice["account_name"]) == (office.account["id"], "Roy Family")
    assert notice["facts"] == {
        "contact": office.contact["display_name"],
        "email": office.contact["addresses"][0]["email"],
    }
    assert notice["read_at"] is None
    (mail,) = office.mails(office.emil.member["id"])
    assert mail[:3] == ("staff_client_activated", office.emil.member["email"], "en")
    assert mail[3] == {**notice["facts"], "account": "Roy Family"}


def test_what_a_client_does_is_told_to_who_follows_and_may_see_it(office):
    """R-FOL-1, R-FOL-2, R-ACC-7"""
    owner, emil, anna, at = office.owner, office.emil, office.anna, office.at
    name = office.contact["display_name"]
    reader = office.firm.member("view_all_accounts")  # sees the account without following it
    kinds = [one["kind"] for one in emil.made("GET", "/notices/preferences")["items"]]
    everywhere = [{"kind": kind, "is_listed": True, "is_mailed": True} for kind in kinds]
    emil.made("PUT", "/notices/preferences", items=everywhere)
    office.upload(anna, "Statement.pdf")
    thread = anna.made("POST", f"{at}/chats", subject="A question", text="How long  does it take?")
    asked = owner.made("POST", f"{at}/chats", subject="Papers", text="Please send them.", tasks=["Send the papers"])
    (task,) = asked["tasks"]
    anna.made("POST", f"{at}/chats/{asked['id']}/tasks/{task['id']}/tick")
    document = office.upload(owner, "Return.pdf")
    approval = owner.made("POST", f"{at}/approvals", document_id=document["id"])
    anna.made("POST", f"{at}/approvals/{approval['id']}/disapprove", reason="May is missing.")
    letter = office.upload(owner, "Letter.pdf")
    request = owner.made(
        "POST", f"{at}/signatures", document_id=letter["id"], signers=[{"contact_id": office.contact["id"]}]
    )
    anna.made("POST", f"{at}/signatures/{request['id']}/sign", signed_name=name, has_consented=True)
    question = {"key": "name", "label": "Your name", "kind": "short_text"}
    sections = [{"title": "You", "questions": [question]}]
    template = owner.made("POST", "/organizer-templates", name="Tax 2026", sections=sections)
    (organizer,) = owner.made("POST", f"{at}/organizers", template_ids=[template["id"]])["items"]
    anna.made("PUT", f"{at}/organizers/{organizer['id']}/answers", answers={"name": "Anna"})
    anna.made("POST", f"{at}/organizers/{organizer['id']}/submit")
    packages = [{"name": "Basic", "lines": [{"service": "Tax return", "unit_price": "250.00"}]}]
    draft = owner.made("POST", f"{at}/proposals", name="Tax 2026", packages=packages)
    sent = owner.made("POST", f"{at}/proposals/{draft['id']}/send", version=draft["version"])
    signing = {"version": sent["version"], "package_id": sent["packages"][0]["id"]}
    anna.made("POST", f"{at}/proposals/{sent['id']}/sign", **signing)
    paid = owner.made("POST", f"{at}/payments", amount="80.00", method="transfer", received_on="2026-03-02")

    facts = {
        "document_uploaded": {"contact": name, "names": ["Statement.pdf"]},
        "chat_message": {
            "author": name, "subject": "A question", "excerpt": "How long does it take?", "is_reply": False
        },
        "client_task_done": {"contact": name, "task": "Send the papers"},
        "approval_answered": {
            "contact": name, "document": "Return.pdf", "is_approved": False, "comment": "May is missing."
        },
        "signature_answered": {"contact": name, "document": "Letter.pdf", "is_signed": True, "is_complete": True},
        "organizer_submitted": {"contact": name, "organizer": "Tax 2026"},
        "proposal_signed": {"contact": name, "proposal": "Tax 2026"},
        "payment_received": {"amount": {"amount": "80.00", "currency": paid["currency"]}, "paid_on": "2026-03-02"},
    }  # fmt: skip
    for kind, expected in facts.items():
        (notice,) = office.told(emil, kind)
        assert (kind, notice["facts"]) == (kind, expected)
    (said,) = office.told(emil, "chat_message")
    assert said["about_id"] == thread["id"]
    mine = {one["kind"] for one in owner.made("GET", "/notices?limit=100")["items"]}
    assert mine == {"client_activated", *facts} - {"payment_received"}  # which the owner wrote down themself
    assert reader.made("GET", "/notices") == {"items": [], "unread": 0, "next_cursor": None}
    mails = office.mails(emil.member["id"])
    assert {kind for kind, *_ in mails} == {f"staff_{kind}" for kind in ("client_activated", *facts)}
    assert [(kind, wrong) for kind, *_, told in mails if (wrong := wrong_facts(KINDS[kind], told))] == []
    assert office.mails(reader.member["id"]) == []


def test_members_hear_of_what_names_them(office):
    """R-NTE-2, R-TSK-4, R-ACC-4"""
    owner, emil, at = office.owner, office.emil, office.at
    outsider = office.firm.member()
    me, them = emil.member["id"], outsider.member["id"]
    note = owner.made("POST", f"{at}/notes", body="Please look at May.", mention_ids=[me, them])
    (mentioned,) = office.told(emil, "mentioned")
    owner.made("PATCH", f"{at}/notes/{note['id']}", version=note["version"], body="Please look at May and June.")
    owner.made("POST", f"{at}/tasks", title="File the return", assignee_ids=[me, them], due_on="2026-05-31")
    outsider.made("POST", f"{at}/access-requests")

    (assigned,) = office.told(emil, "task_assigned")
    (asked,) = office.told(owner, "access_requested")

    assert office.told(emil, "mentioned") == [mentioned], "who was mentioned before is not told again"
    assert mentioned["facts"] == {"author": "Olga Owner", "excerpt": "Please look at May."}
    assert assigned["facts"] == {"task": "File the return", "author": "Olga Owner", "due_on": "2026-05-31"}
    assert asked["facts"] == {"member": outsider.member["name"]}
    assert outsider.made("GET", "/notices")["items"] == []  # who can't open the account hears nothing of it (R-ACC-5)
    assert "access_requested" not in {one["kind"] for one in emil.made("GET", "/notices")["items"]}
    assert office.mails(them) == []


def test_a_proposal_that_nobody_can_sign_is_told_to_who_sent_it(office):
    """R-SIG-4"""
    nobody = office.firm.account("Silent Ltd", type="company")
    content = {
        "name": "Bookkeeping",
        "packages": [{"name": "Basic", "lines": [{"service": "B", "unit_price": "9.00"}]}],
    }
    version = office.owner.made("GET", f"/accounts/{nobody['id']}")["version"]
    everyone = [office.firm.signed_in["member"]["id"], office.emil.member["id"]]
    office.owner.made("PUT", f"/accounts/{nobody['id']}/team", version=version, members=everyone)

    sent = office.emil.made("POST", "/proposals/send", account_ids=[nobody["id"]], proposal=content)

    assert sent["items"][0]["refusal"] == "no_signatories"
    for client in (office.emil, office.owner):
        (notice,) = office.told(client, "proposals_not_sent")
        assert notice["facts"] == {"proposal": "Bookkeeping", "accounts": ["Silent Ltd"]}
        assert notice["account_id"] is None


def test_a_kind_that_was_switched_off_stays_silent(office):
    """R-FOL-2: also for who follows the account."""
    emil, owner = office.emil, office.owner
    off = [
        {"kind": "document_uploaded", "is_listed": False, "is_mailed": False},
        {"kind": "chat_message", "is_listed": True, "is_mailed": False},
        {"kind": "client_task_done", "is_listed": False, "is_mailed": True},
    ]

    chosen = emil.made("PUT", "/notices/preferences", items=off)
    wrong = emil.put("/notices/preferences", json={"items": [{"kind": "rain", "is_listed": True, "is_mailed": True}]})

    assert [one for one in chosen["items"] if one["kind"] in {each["kind"] for each in off}] == off
    assert emil.made("GET", "/notices/preferences") == chosen
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "items.0.kind")
    thread = owner.made("POST", f"{office.at}/chats", subject="Papers", text="Please.", tasks=["Send them"])
    office.upload(office.anna, "Statement.pdf")
    office.anna.made("POST", f"{office.at}/chats/{thread['id']}/tasks/{thread['tasks'][0]['id']}/tick")
    office.anna.made("POST", f"{office.at}/chats/{thread['id']}/messages", text="Done.")
    office.told(owner, "document_uploaded")
    office.told(owner, "client_task_done")
    office.told(emil, "chat_message")
    kinds = {one["kind"] for one in emil.made("GET", "/notices")["items"]}
    assert kinds == {"client_activated", "chat_message"}
    mailed = until(lambda: len(found := office.mails(emil.member["id"])) > 1 and found)
    assert [mail[0] for mail in mailed] == ["staff_client_activated", "staff_client_task_done"]


def test_who_loses_access_loses_what_they_were_told(office):
    """R-ACC-1, R-ACC-5, R-FOL-1, R-ACC-7"""
    emil, owner = office.emil, office.owner
    office.told(emil, "client_activated")
    owner_id = office.firm.signed_in["member"]["id"]
    (kept,) = office.told(emil, "client_activated")

    office.team(owner_id)

    until(lambda: emil.made("GET", "/notices")["items"] == [])
    assert emil.made("GET", "/notices/unread") == {"unread": 0}
    hidden = emil.post(f"/notices/{kept['id']}/read")
    assert (hidden.status_code, hidden.json()["type"]) == (404, "/problems/notice_not_found")
    office.upload(office.anna, "While away.pdf")
    office.told(owner, "document_uploaded")
    office.team(owner_id, emil.member["id"])
    until(lambda: [one["kind"] for one in emil.made("GET", "/notices")["items"]] == ["client_activated"])

    document = office.upload(owner, "Salaries.pdf")
    none = [{"kind": "member", "id": emil.member["id"], "access": "none"}]
    owner.made("PUT", f"{office.at}/document-access/{document['id']}", exemptions=none)
    approval = owner.made("POST", f"{office.at}/approvals", document_id=document["id"])
    office.anna.made("POST", f"{office.at}/approvals/{approval['id']}/approve")
    office.told(owner, "approval_answered")
    assert [one["kind"] for one in emil.made("GET", "/notices")["items"]] == ["client_activated"]


def test_notices_are_read_one_by_one_or_up_to_the_newest_seen(office):
    owner, anna = office.owner, office.anna
    for number in range(3):
        office.upload(anna, f"Page {number}.pdf")
    office.told(owner, "document_uploaded", 3)
    first = owner.made("GET", "/notices?limit=2")
    rest = owner.made("GET", f"/notices?limit=2&cursor={first['next_cursor']}")
    assert [len(page["items"]) for page in (first, rest)] == [2, 2]
    assert (rest["next_cursor"], first["unread"]) == (None, 4)

    one = owner.made("POST", f"/notices/{first['items'][1]['id']}/read")
    again = owner.made("POST", f"/notices/{first['items'][1]['id']}/read")

    assert one["read_at"] == again["read_at"] is not None
    assert len(owner.made("GET", "/notices?is_unread=true")["items"]) == 3
    assert owner.made("POST", "/notices/read", up_to=rest["items"][0]["id"]) == {"unread": 1}
    assert owner.made("GET", "/notices/unread") == {"unread": 1}
    assert [each["id"] for each in owner.made("GET", "/notices?is_unread=true")["items"]] == [first["items"][0]["id"]]
    elsewhere = owner.made("GET", f"/notices?account_id={office.firm.account()['id']}")
    assert (elsewhere["items"], elsewhere["unread"]) == ([], 1)


def test_notices_are_ones_own(stack, office):
    """An intruder: another firm, a client, an API token, nobody."""
    (notice,) = office.told(office.owner, "client_activated")
    other = Firm(stack.url, stack.env)
    token = office.owner.made("POST", "/me/tokens", name="Reader", scopes=["accounts:read", "messages:read"])["secret"]
    try:
        for client in (other.owner, office.emil):
            assert client.post(f"/notices/{notice['id']}/read").json()["type"] == "/problems/notice_not_found"
        assert other.owner.made("GET", "/notices")["items"] == []
        other.owner.made("POST", "/notices/read", up_to=notice["id"])
        assert office.owner.made("GET", "/notices")["items"][0]["read_at"] is None
        by_token = office.owner.get("/notices", headers={"Authorization": f"Bearer {token}"})
        assert by_token.status_code == 403
        as_client = office.owner.get("/notices", headers={"Authorization": office.anna.headers["Authorization"]})
        assert as_client.status_code in (401, 403)
        assert other.owner.get("/notices?cursor=xyz").status_code == 422
    finally:
        other.owner.close()


def test_a_member_who_left_is_told_nothing(office):
    """R-ROLE-3"""
    office.told(office.emil, "client_activated")
    office.owner.made("POST", f"/members/{office.emil.member['id']}/deactivate")

    office.upload(office.anna, "Statement.pdf")

    office.told(office.owner, "document_uploaded")
    assert {mail[0] for mail in office.mails(office.emil.member["id"])} == {"staff_client_activated"}
