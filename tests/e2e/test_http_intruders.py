"""Nobody, a stranger from another firm and a colleague without access walk every route there is (R-ACC-1, R-ACC-5)."""

import secrets

import pytest

from contracts.overview import Overview
from contracts.portal_links import PortalLinks
from gateway.openapi import operation_id
from gateway.routes import ROUTES
from tests.firms import Client, Firm, person
from tests.pdfs import blank_pdf
from tests.stack import until

# What the account's own service would never do for them, and says so without saying more than "asked".
BLIND = {"request_access"}
# Bodies that pass every check of form, so that only access can refuse them; all others are fine empty.
BODIES = {
    "create_account": {"type": "other", "contacts": [{"id": "{contact_id}"}]},
    "merge_contacts": {"other_id": "{other_id}"},
    "change_password": {"current_password": "no-such-password", "new_password": "Another-horse-17-battery"},
    "answer_access_request": {"is_granted": True},
    "link_contact": {"contact": {"id": "{contact_id}"}},
    "describe_link": {"description": "taken over"},
    "set_switches": {"is_login_on": True},
    "set_signers": {"contact_ids": []},
    "relink_address": {"contact_id": "{contact_id}"},
    "create_contact_field": {"name": "taken over", "type": "text"},
    "change_contact_field": {"name": "taken over"},
    "set_team": {"members": []},
    "assign_columns": {"columns": [{}]},
    "set_roles": {"roles": []},
    "delete_account": {"name": "taken over"},
    "change_account_field": {"name": "taken over"},
    "rename_account_role": {"name": "taken over"},
    "set_tags": {"tags": []},
    "follow": {"is_following": True},
    "change_account": {"name": "taken over"},
    "change_contact": {"first_name": "taken over"},
    "change_member": {"name": "taken over"},
    "change_tag": {"name": "taken over"},
    "change_pipeline": {"name": "taken over"},
    "create_task": {"title": "taken over"},
    "change_task": {"title": "taken over"},
    "create_job": {"pipeline_id": "{pipeline_id}", "name": "taken over"},
    "change_job": {"name": "taken over"},
    "create_note": {"body": "taken over"},
    "change_note": {"body": "taken over"},
    "create_time_entry": {"on": "2026-01-31", "minutes": 5},
    "change_time_entry": {"minutes": 5},
    "create_invoice": {"lines": [{"name": "taken over", "unit_price": "1"}]},
    "change_invoice": {"memo": "taken over"},
    "record_payment": {"amount": "1", "method": "cash", "received_on": "2026-01-31"},
    "change_payment": {"note": "taken over"},
    "settle_payment": {"outcome": "failed"},
    "refund_payment": {"amount": "1"},
    "add_credit": {"amount": "1"},
    "expire_credit": {"amount": "1"},
    "create_service": {"name": "taken over", "price": "1"},
    "change_service": {"name": "taken over"},
    "change_document": {"name": "taken over"},
    "create_folder": {"name": "taken over"},
    "change_folder": {"name": "taken over"},
    "set_exemptions": {"exemptions": []},
    "file_email": {"account_ids": ["{account_id}"]},
    "decline_by_link": {"reason": "taken over"},
    "sign_by_link": {"signed_name": "Taken Over", "has_consented": True},
}


def walked_but(*methods):
    """Every route but those that make these calls."""
    routes = [route for route in ROUTES if route.method not in methods]
    return pytest.mark.parametrize("route", routes, ids=lambda route: f"{route.verb} {route.path}")


RAW = {"Content-Type": "application/octet-stream"}
EVERY = walked_but()


def refusal(route):
    """What a member hears where there is nothing for them; they have no credential of the portal's and no signature."""
    if route.call is PortalLinks.get_portal_reset:
        return 403  # as whoever uses the link is told
    is_closed = route.is_portal and not route.is_public
    return 401 if is_closed or route.raw else 404


class Secret:
    """A firm with one account, full of words that stand nowhere else."""

    def __init__(self, stack):
        self.firm = firm = Firm(stack.url, stack.env, name=self.word("Firm"))
        self.words = []
        name = self.remember("Client")
        someone = person(last_name=self.remember("Roy"), email=f"{self.remember('mail').lower()}@example.com")
        tag = self.remember("Tag")
        self.firm_words = [firm.email]
        owner = firm.owner
        field = owner.made("POST", "/custom-fields/accounts", name=self.word("Field"), type="text")
        role = owner.made("POST", "/account-roles", name=self.word("Role"))
        value = {field["id"]: self.remember("Value")}
        account = firm.account(name, contacts=[{"new": someone}], tags=[tag], custom_fields=value)
        at = f"/accounts/{account['id']}"
        filled = [{"role_id": role["id"], "members": [firm.signed_in["member"]["id"]]}]
        owner.made("PUT", f"{at}/roles", version=account["version"], roles=filled)
        self.trashed_id = self.trash(self.remember("Trash"))
        contact = owner.made("GET", f"{at}/contacts")["items"][0]["contact"]
        other = owner.made("POST", "/contacts", **person(last_name=self.remember("Lee")))
        pipeline = owner.made("POST", "/pipelines", name=self.word("Pipeline"), stages=[{"name": "First"}])
        task = owner.made("POST", f"{at}/tasks", title=self.remember("Task"))
        job = owner.made("POST", f"{at}/jobs", name=self.remember("Job"), pipeline_id=pipeline["id"])
        note = owner.made("POST", f"{at}/notes", body=self.remember("Note"))
        entry = owner.made("POST", f"{at}/time-entries", on="2026-01-31", minutes=30, description=self.remember("Time"))
        line = {"name": self.remember("Line"), "unit_price": "70"}
        invoice = owner.made("POST", f"{at}/invoices", lines=[line], memo=self.remember("Memo"))
        invoice = owner.made("POST", f"{at}/invoices/{invoice['id']}/issue", version=invoice["version"])
        paid = {"amount": "90", "method": "cash", "received_on": "2026-01-31", "reference": self.remember("Paid")}
        payment = owner.made("POST", f"{at}/payments", **paid, invoices=[{"invoice_id": invoice["id"], "amount": "20"}])
        listed = f"Account name,Email\n{self.remember('Listed')},listed@example.com\n".encode()
        brought = owner.post(
            "/imports", params={"file_name": self.remember("List")}, content=listed, headers=RAW
        ).json()
        paper = {"name": self.remember("Paper"), "description": self.remember("About")}
        document = owner.post(f"{at}/documents", params=paper, content=b"x").json()
        thread = owner.made(
            "POST", f"{at}/chats", subject=self.remember("Chat"), text=self.remember("Said"), tasks=["Do"]
        )
        file = owner.post(
            f"{at}/chat-attachments", params={"name": self.remember("File")}, content=b"x", headers=RAW
        ).json()
        package = {"name": "All", "lines": [{"service": self.remember("Offer"), "unit_price": "70"}]}
        proposal = owner.made("POST", f"{at}/proposals", name=self.remember("Proposal"), packages=[package])
        questions = [{"key": "name", "label": "Your name", "kind": "short_text"}]
        sections = [{"title": "You", "questions": questions}]
        template = owner.made("POST", "/organizer-templates", name=self.word("Organizer"), sections=sections)
        organizer = owner.made("POST", f"{at}/organizers", template_ids=[template["id"]])["items"][0]
        approval = owner.made("POST", f"{at}/approvals", document_id=document["id"])
        letter = owner.post(
            f"{at}/documents", params={"name": self.remember("Letter")}, content=blank_pdf(), headers=RAW
        ).json()
        signers = [{"name": self.remember("Theo"), "email": "theo@example.com"}]
        signature = owner.made("POST", f"{at}/signatures", document_id=letter["id"], signers=signers)
        until(lambda: name in owner.get("/search", params={"q": name}).text)
        self.at = at
        self.ids = {
            "firm_id": firm.id,
            "account_id": account["id"],
            "contact_id": contact["id"],
            "address_id": contact["addresses"][0]["id"],
            "contact_field_id": owner.made("POST", "/custom-fields/contacts", name="Hobby", type="text")["id"],
            "survivor_id": contact["id"],
            "other_id": other["id"],
            "pipeline_id": pipeline["id"],
            "tag_id": account["tags"][0]["id"],
            "field_id": field["id"],
            "role_id": role["id"],
            "task_id": task["id"],
            "job_id": job["id"],
            "note_id": note["id"],
            "time_entry_id": entry["id"],
            "invoice_id": invoice["id"],
            "payment_id": payment["id"],
            "application_id": payment["applications"][0]["id"],
            "service_id": owner.made("POST", "/services", name=self.word("Service"), price="9")["id"],
            "import_id": brought["id"],
            "document_id": document["id"],
            "kind": "invoice",
            "folder_id": document["folder_id"],
            "item_id": document["id"],
            "version_id": owner.made("GET", f"{at}/documents/{document['id']}/versions")["items"][0]["id"],
            "thread_id": thread["id"],
            "message_id": owner.made("GET", f"{at}/chats/{thread['id']}/messages")["items"][0]["id"],
            "client_task_id": thread["tasks"][0]["id"],
            "attachment_id": file["id"],
            "proposal_id": proposal["id"],
            "template_id": template["id"],
            "organizer_id": organizer["id"],
            "approval_id": approval["id"],
            "signature_id": signature["id"],
            "signer_id": signature["signers"][0]["id"],
            "email_id": note["id"],  # no mail server is here: what it is does not matter to who may not see it
            "mailbox_id": note["id"],
            **self.told(at, contact),
            "token": f"dsr_g_{'A' * 66}",
            "member_id": firm.signed_in["member"]["id"],
            "session_id": owner.made("GET", "/me")["session_id"],
            "token_id": owner.made("POST", "/me/tokens", name="Robot", scopes=["accounts:read"])["id"],
            "request_id": task["id"],
            "name": "tasks",
        }

    def told(self, at, contact):
        """Let mails and notices follow, and an address get none."""
        owner, address = self.firm.owner, contact["addresses"][0]["id"]
        suppressed = f"{self.remember('gone').lower()}@example.com"
        owner.made("POST", "/suppressions", email=suppressed, detail=self.remember("Why"))
        version = owner.made("GET", f"{at}/contacts")["version"]
        there = f"{at}/contacts/{contact['id']}/addresses/{address}"
        owner.made("PATCH", there, version=version, is_login_on=True)
        owner.made("POST", f"{there}/invitation", message=self.remember("Welcome"))
        colleague = self.firm.member("view_all_accounts", "manage_accounts")
        mentioned = [self.firm.signed_in["member"]["id"]]
        colleague.made("POST", f"{at}/notes", body=self.remember("Look"), mention_ids=mentioned)
        mail = until(lambda: owner.made("GET", f"{at}/mails")["items"])[0]
        notice = until(lambda: owner.made("GET", "/notices")["items"])[0]
        return {"mail_id": mail["id"], "notice_id": notice["id"], "email": suppressed}

    @staticmethod
    def word(kind):
        return f"{kind}{secrets.token_hex(5)}"

    def remember(self, kind):
        self.words.append(self.word(kind))
        return self.words[-1]

    def trash(self, name):
        """An account that was deleted."""
        at = f"/accounts/{self.firm.account(name)['id']}"
        self.firm.owner.made("POST", f"{at}/archive")
        return self.firm.owner.made("POST", f"{at}/delete", name=name)["id"]

    def state(self):
        """All that the owner sees of the account and the trash, to compare before and after."""
        parts = ("", "/contacts", "/overview", "/access", "/related", "/payments", "/credits", "/balance", "/folders")
        pages = [f"{self.at}{part}" for part in parts]
        seen = [self.firm.owner.made("GET", page) for page in (*pages, "/trash/accounts")]
        for section in seen[2]["sections"]:
            section.pop("as_of")
        return seen

    def knock(self, client, route, **headers):
        """Send what is well formed, so that nothing but access can be wrong with it."""
        path = route.path.removeprefix("/v1").format(**self.ids_for(route))
        body = {field: self._filled(value) for field, value in BODIES.get(route.method, {}).items()}
        if route.has_version:
            headers["If-Match"] = '"1"'
        if not route.has_body:
            return client.request(route.verb, path, headers=headers, params=self._query(route))
        return client.request(route.verb, path, headers=headers, json=body)

    def ids_for(self, route):
        """What the route's path is filled with: some parameters mean other things on other paths."""
        if route.path.startswith("/v1/trash"):
            return self.ids | {"account_id": self.trashed_id}
        if route.path.startswith("/v1/custom-fields/contacts"):
            return self.ids | {"field_id": self.ids["contact_field_id"]}
        if "/chats/" in route.path:
            return self.ids | {"task_id": self.ids["client_task_id"]}
        return self.ids

    def _query(self, route):
        return {"q": self.words[0][:9]} if route.call is Overview.search else {}

    def _filled(self, value):
        if isinstance(value, str) and value.startswith("{"):
            return value.format(**self.ids)
        if isinstance(value, list):
            return [self._filled(inner) for inner in value]
        return {key: self._filled(inner) for key, inner in value.items()} if isinstance(value, dict) else value


@pytest.fixture(scope="module")
def secret(stack):
    return Secret(stack)


@pytest.fixture(scope="module")
def unchanged(secret):
    """Whoever walks, the account is afterwards as it was."""
    before = secret.state()
    yield
    assert secret.state() == before


@pytest.fixture(scope="module")
def stranger(stack):
    """The owner of another firm: nobody has more rights, and none of them here."""
    return Firm(stack.url, stack.env, name="Strangers Ltd").owner


@pytest.fixture(scope="module")
def colleague(secret):
    """Every right but to see accounts and contacts; on nobody's team."""
    rights = ("manage_accounts", "manage_contacts", "manage_time_entries", "manage_rates", "assign_team_members")
    rights = (*rights, "manage_invoices", "manage_payments")
    return secret.firm.member(*rights)


def says_nothing(response, words):
    text = f"{response.text} {response.headers}".casefold()
    assert [word for word in words if word.casefold() in text] == []
    return True


def is_refused(response, *statuses):
    assert response.status_code in statuses, f"{response.status_code} {response.text}"
    assert response.headers["content-type"] == "application/problem+json"
    return True


@EVERY
def test_nobody_is_let_in(secret, unchanged, stack, route):
    with Client(stack.url, None) as nobody:
        response = secret.knock(nobody, route)

    assert route.is_public or is_refused(response, 401)
    assert says_nothing(response, [*secret.words, *secret.firm_words])


@EVERY
def test_a_made_up_token_is_nobodys(secret, unchanged, stack, route):
    if route.is_public:
        return
    with Client(stack.url, None) as nobody:
        for token in ("x", "dsr_s_" + "A" * 66, "é", "a b", "x" * 5000):
            assert is_refused(secret.knock(nobody, route, Authorization=f"Bearer {token}".encode()), 401)


@walked_but("sign_out", "change_password")  # speak of the caller alone
def test_a_stranger_sees_nothing_of_another_firm(secret, unchanged, stranger, route):
    response = secret.knock(stranger, route)

    assert says_nothing(response, [*secret.words, *secret.firm_words, *_foreign(secret, route)])
    if route.path_fields and route.method not in BLIND:
        assert is_refused(response, refusal(route))


def _foreign(secret, route):
    """Ids of the firm that the request itself did not name."""
    sent = {secret.ids_for(route)[name] for name in (*route.path_fields, "contact_id", "other_id", "pipeline_id")}
    return [known for known in secret.ids.values() if known not in sent and len(known) == 36]


# All but the first two speak of the firm's settings, which every member sees, and of accounts of one's own.
@walked_but(
    "sign_out",
    "change_password",
    "change_tag",
    "delete_tag",
    "rename_account_role",
    "delete_account_role",
    "create_account",
)
def test_a_colleague_without_access_sees_nothing_of_the_account(secret, unchanged, colleague, route):
    response = secret.knock(colleague, route)

    words = [word for word in secret.words if not word.startswith("Tag")]
    assert says_nothing(response, words)
    if route.path_fields and route.action:
        assert is_refused(response, refusal(route))


def test_the_refusal_is_the_same_for_what_exists_and_what_does_not(secret, stranger, colleague):
    """R-ACC-5: but for what the request itself said the two answers are one."""
    there, nowhere = secret.ids["account_id"], "0196f0f0-0000-7000-8000-00000000dead"
    for who in (stranger, colleague):
        refusals = [(who.get(f"/accounts/{asked}"), asked) for asked in (there, nowhere)]
        said = [refusal.json() | {"instance": "", "account_id": asked} for refusal, asked in refusals]

        assert said[0] == said[1] | {"account_id": there}
        assert refusals[0][0].headers.keys() == refusals[1][0].headers.keys()


def test_counts_tell_nothing_of_hidden_accounts(secret, colleague):
    """R-SRC-5: totals are of what the caller may see."""
    for path, query in (("/accounts", {}), ("/search", {"q": secret.words[0]}), ("/contacts", {})):
        page = colleague.made("GET", f"{path}?{'&'.join(f'{k}={v}' for k, v in query.items())}")

        assert (page["items"], page["total"]) == ([], 0), path


def test_a_foreign_id_inside_a_body_is_nobodys(secret, stranger, stack):
    """What a stranger names in their own account's requests is as if it did not exist."""
    own = stranger.made("POST", "/accounts", type="other", name="Own", contacts=[{"new": person()}])
    at = f"/accounts/{own['id']}"
    tries = [
        ("POST", f"{at}/contacts", {"contact": {"id": secret.ids["contact_id"]}}),
        ("PUT", f"{at}/team", {"version": own["version"], "members": [secret.ids["member_id"]]}),
        (
            "PUT",
            f"{at}/roles",
            {"version": own["version"], "roles": [{"role_id": secret.ids["role_id"], "members": []}]},
        ),
        ("PATCH", at, {"version": own["version"], "custom_fields": {secret.ids["field_id"]: "x"}}),
        ("POST", f"{at}/tasks", {"title": "x", "assignee_ids": [secret.ids["member_id"]]}),
        ("POST", f"{at}/tasks", {"title": "x", "tag_ids": [secret.ids["tag_id"]]}),
        ("POST", f"{at}/tasks", {"title": "x", "job_id": secret.ids["job_id"]}),
        ("POST", f"{at}/jobs", {"name": "x", "pipeline_id": secret.ids["pipeline_id"]}),
        ("POST", f"{at}/notes", {"body": "x", "mention_ids": [secret.ids["member_id"]]}),
        ("POST", f"{at}/invoices", {"lines": [{"service_id": secret.ids["service_id"]}]}),
        (
            "POST",
            f"{at}/payments",
            {**BODIES["record_payment"], "invoices": [{"invoice_id": secret.ids["invoice_id"]}]},
        ),
        ("POST", f"{at}/invoices/{secret.ids['invoice_id']}/credit", {}),
        ("DELETE", f"{at}/applications/{secret.ids['application_id']}", None),
        ("POST", "/contacts", {"last_name": "x", "tag_ids": [secret.ids["tag_id"]]}),
    ]
    for verb, path, body in tries:
        response = stranger.request(verb, path, json=body)

        assert response.status_code in (404, 409, 422), f"{verb} {path}: {response.status_code} {response.text}"
        assert says_nothing(response, [*secret.words, *secret.firm_words])


def test_every_operation_was_walked():
    assert {operation_id(route) for route in ROUTES} >= set(BODIES) | BLIND
