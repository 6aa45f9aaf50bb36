"""What is not a client's to see shows, counts and downloads by no route of the portal; nor what is another's there."""

import datetime as dt
import secrets

import pytest

from gateway.routes import ROUTES
from tests.firms import PORTAL_PASSWORD, Client, Firm, person
from tests.pdfs import blank_pdf
from tests.stack import until

OF_ACCOUNTS = [route for route in ROUTES if route.is_portal and route.action]
OF_THINGS = [route for route in OF_ACCOUNTS if len(route.path_fields) > 1]
OF_LISTS = [route for route in OF_ACCOUNTS if len(route.path_fields) == 1 and route.verb == "GET"]
NEXT_MONTH = (dt.datetime.now(dt.UTC) + dt.timedelta(days=30)).date().isoformat()
QUESTIONS = [{"title": "You", "questions": [{"key": "name", "label": "Your name", "kind": "short_text"}]}]
LINES = [{"name": "Tax return", "unit_price": "120.00"}]
SOMETHING = "0196f0f0-0000-7000-8000-00000000dead"


def names(route):
    return f"{route.verb} {route.path}"


class Place:
    """An account of Anna and Bert with one thing of each kind that Anna sees, and many that she must not see.

    `hidden` and `shown` are ids by what they are ids of; all that is hidden has `word` in it.
    """

    def __init__(self, stack):
        self.firm = Firm(stack.url, stack.env)
        self.owner = self.firm.owner
        self.word = f"Hush{secrets.token_hex(5)}"
        people = [person(first_name=name) for name in ("Anna", "Bert", "Nele")]
        self.account = self.firm.account(contacts=[{"new": one} for one in people[:2]])
        self.other = self.firm.account(contacts=[{"new": people[2]}])
        self.at = f"/accounts/{self.account['id']}"
        self.anna, self.bert = (self.firm.portal(self.account, one["email"]) for one in people[:2])
        self.neighbour = self.firm.portal(self.other, people[2]["email"])
        self.annas, self.berts = (one["contact"] for one in self.made("GET", "/contacts")["items"])
        self.shown, self.hidden = {}, {}
        for make in (self.files, self.requests, self.organizers, self.invoices, self.proposals, self.chats):
            make()

    def made(self, verb, path, **body):
        return self.owner.made(verb, f"{self.at}{path}", **body)

    def upload(self, name, **query):
        asked = {"params": {"name": f"{name}.pdf", **query}, "content": blank_pdf() + name.encode()}
        response = self.owner.post(f"{self.at}/documents", **asked)
        assert response.status_code == 201, response.text
        return response.json()["id"]

    def keep_from_anna(self, document):
        entry = {"kind": "contact", "id": self.annas["id"], "access": "none"}
        self.made("PUT", f"/document-access/{document}", exemptions=[entry])

    def files(self):
        folder = self.made("POST", "/folders", name=f"{self.word} private")["id"]
        private, kept, trashed, self.unpaid = (
            self.upload(f"{self.word} {name}", **query)
            for name, query in (("private", {"folder_id": folder}), ("kept", {}), ("trashed", {}), ("unpaid", {}))
        )
        self.keep_from_anna(kept)
        self.owner.delete(f"{self.at}/documents/{trashed}")
        self.private_folder = folder
        self.hidden["document_id"] = [private, kept, trashed, self.unpaid]
        self.shown["document_id"] = self.upload("Return")

    def ask(self, what, name, **fields):
        document = self.upload(name)
        return document, self.made("POST", f"/{what}", document_id=document, **fields)["id"]

    def requests(self):
        _, self.shown["approval_id"] = self.ask("approvals", "Balance")
        document, approval = self.ask("approvals", f"{self.word} approval")
        self.keep_from_anna(document)
        gone, withdrawn = self.ask("approvals", f"{self.word} moved")
        moved = self.made("GET", f"/documents/{gone}")
        self.made("PATCH", f"/documents/{gone}", version=moved["version"], folder_id=self.private_folder)
        self.hidden["approval_id"] = [approval, withdrawn]
        hers, his = {"signers": [{"contact_id": self.annas["id"]}]}, {"signers": [{"contact_id": self.berts["id"]}]}
        _, self.shown["signature_id"] = self.ask("signatures", "Letter", **hers)
        _, prepared = self.ask("signatures", "Prepared", message=f"{self.word} prepared", is_sent=False, **hers)
        _, berts = self.ask("signatures", "For Bert", message=f"{self.word} for Bert", **his)
        document, kept = self.ask("signatures", f"{self.word} kept", **hers)
        self.keep_from_anna(document)
        self.hidden["signature_id"] = [prepared, berts, kept]

    def organizers(self):
        def send(name):
            template = self.owner.made("POST", "/organizer-templates", name=name, sections=QUESTIONS)["id"]
            return self.made("POST", "/organizers", template_ids=[template])["items"][0]["id"]

        self.shown["organizer_id"], archived = send("Tax 2026"), send(f"{self.word} archived")
        self.made("POST", f"/organizers/{archived}/archive")
        self.hidden["organizer_id"] = [archived]

    def invoices(self):
        def write(memo, posted_on=None):
            draft = self.made("POST", "/invoices", lines=LINES, memo=memo)
            if posted_on != "":
                fields = {"version": draft["version"], **({"posted_on": posted_on} if posted_on else {})}
                self.made("POST", f"/invoices/{draft['id']}/issue", **fields)
            return draft["id"]

        draft, later = write(f"{self.word} draft", ""), write(f"{self.word} scheduled", NEXT_MONTH)
        self.shown["invoice_id"], voided = write("Thanks"), write(f"{self.word} voided")
        version = self.made("GET", f"/invoices/{voided}")["version"]
        self.made("POST", f"/invoices/{voided}/void", version=version, reason=f"{self.word} slip")
        self.made("POST", "/credits", amount="500.00", note=f"{self.word} goodwill")
        self.hidden["invoice_id"] = [draft, later, voided]
        lock = {"invoice_id": self.shown["invoice_id"]}
        until(lambda: self.owner.put(f"{self.at}/documents/{self.unpaid}/lock", json=lock).is_success)

    def proposals(self):
        packages = [{"name": "Basic", "lines": [{"service": "Tax return", "unit_price": "250.00"}]}]

        def send(name):
            draft = self.made("POST", "/proposals", name=name, packages=packages)
            self.made("POST", f"/proposals/{draft['id']}/send", version=draft["version"])
            return draft["id"]

        draft = self.made("POST", "/proposals", name=f"{self.word} draft", packages=packages)["id"]
        self.shown["proposal_id"] = send("Tax 2026")
        address = f"/contacts/{self.annas['id']}/addresses/{self.annas['addresses'][0]['id']}"
        self.made("PATCH", address, version=self.made("GET", "/contacts")["version"], is_signatory=False)
        self.hidden["proposal_id"] = [draft, send(f"{self.word} for Bert")]

    def chats(self):
        def file(name):
            at, kind = f"{self.at}/chat-attachments", {"Content-Type": "application/pdf"}
            sent = self.owner.post(at, content=blank_pdf(), headers=kind, params={"name": f"{name}.pdf"})
            return sent.json()["id"]

        files = [file(name) for name in ("Shown", f"{self.word} internal", f"{self.word} for Bert")]
        known = {"subject": "Return", "text": "Please look.", "attachment_ids": files[:1], "tasks": ["Sign"]}
        thread = self.made("POST", "/chats", participant_ids=[self.annas["id"]], **known)
        internal = {"text": f"{self.word} internal", "is_internal": True, "attachment_ids": files[1:2]}
        ours = self.made("POST", f"/chats/{thread['id']}/messages", **internal)
        theirs = {"subject": f"{self.word} for Bert", "text": self.word, "tasks": [f"{self.word} task"]}
        berts = self.made("POST", "/chats", participant_ids=[self.berts["id"]], attachment_ids=files[2:], **theirs)
        (said,) = self.made("GET", f"/chats/{berts['id']}/messages")["items"]
        first = next(
            one for one in self.made("GET", f"/chats/{thread['id']}/messages")["items"] if one["id"] != ours["id"]
        )
        self.thread, self.internal = thread["id"], ours["id"]
        self.shown |= {"thread_id": thread["id"], "task_id": thread["tasks"][0]["id"]}
        self.shown |= {"message_id": first["id"], "attachment_id": files[0]}
        self.hidden |= {"thread_id": [berts["id"]], "task_id": [berts["tasks"][0]["id"]]}
        self.hidden |= {"message_id": [ours["id"], said["id"]], "attachment_id": files[1:]}


@pytest.fixture(scope="module")
def place(stack):
    return Place(stack)


BODIES = {
    "disapprove_document": {"reason": "No."},
    "save_answers": {"answers": {"name": "Anna"}},
    "sign_document": {"signed_name": "Anna Roy", "has_consented": True},
    "decline_to_sign": {"reason": "No."},
    "sign_proposal": {"version": 1, "package_id": SOMETHING},
    "decline_proposal": {"version": 1, "reason": "No."},
    "send_portal_message": {"text": "Hello"},
    "change_portal_message": {"version": 1, "text": "Hello"},
}


def knock(client, route, account_id, ids, **query):
    """Ask for all that a route gives, with a body that nothing is wrong with."""
    path = route.path.removeprefix("/v1/portal").format_map({"account_id": account_id, **ids})
    if route.upload:
        sent = {"content": blank_pdf(), "headers": {"Content-Type": "application/pdf"}}
    elif route.has_body:
        body = BODIES.get(route.method, {})
        sent = {"json": {**body, "message_id": ids["message_id"]} if route.method == "read_portal_thread" else body}
    else:
        sent = {}
    return client.request(route.verb, path, params=query, **sent)


@pytest.mark.parametrize("route", OF_THINGS, ids=names)
def test_what_is_hidden_is_not_there(place, route):
    """R-DOC-8, R-ACC-7, R-APR-3, R-CHT-4, R-INV-2, R-SGN-2, R-SGN-4, R-ORG-2, R-PRP-4: whatever is tried with it."""
    field = route.path_fields[-1]

    for hidden in place.hidden[field]:
        ids = place.shown | {field: hidden}
        answer = knock(place.anna, route, place.account["id"], ids)

        if hidden == place.unpaid:
            assert (answer.status_code, answer.json()["type"]) == (409, "/problems/document_locked")
        else:
            assert answer.status_code == 404, answer.text
        assert place.word not in answer.text


@pytest.mark.parametrize("route", OF_LISTS, ids=names)
def test_what_is_hidden_is_neither_listed_counted_nor_found(place, route):
    """The same rules, of every list: as many as are shown, and none by the word that all that is hidden has in it."""
    answers = [knock(place.anna, route, place.account["id"], {})]
    if "q" in route.open_fields:
        answers.append(knock(place.anna, route, place.account["id"], {}, q=place.word))
        assert (answers[1].json()["items"], answers[1].json()["total"]) == ([], 0)

    for answer in answers:
        assert answer.status_code == 200
        assert place.word not in answer.text
        listed = answer.json() if "json" in answer.headers["content-type"] else {}
        assert listed.get("total", len(listed.get("items", ()))) == len(listed.get("items", ()))
        hidden = {one for kind in place.hidden.values() for one in kind}
        assert not hidden & {one.get("id") for one in listed.get("items", ())}


def test_as_many_are_counted_as_are_shown(place):
    """R-INV-2, R-DOC-8, R-CHT-4"""
    at = place.at
    counts = {name: place.anna.made("GET", f"{at}/{name}")["total"] for name in ("documents", "invoices", "chats")}

    assert counts == {"documents": 5, "invoices": 1, "chats": 1}
    (thread,) = place.anna.made("GET", f"{at}/chats")["items"]
    assert (thread["attachments"], len(thread["tasks"])) == (1, 1)
    assert place.anna.made("GET", f"{at}/chats/{place.thread}/messages")["total"] == 1
    assert place.anna.made("GET", f"{at}/balance")["items"][0]["due"] == "120.00"
    assert place.bert.made("GET", f"{at}/documents?q={place.word}")["total"] > 0


def test_a_private_folder_takes_and_gives_nothing(place):
    """R-DOC-8"""
    query = {"folder_id": place.private_folder}
    sent = {"content": blank_pdf(), "headers": {"Content-Type": "application/pdf"}}
    answers = [
        place.anna.get(f"{place.at}/documents", params=query),
        place.anna.post(f"{place.at}/documents", params={**query, "name": "x.pdf"}, **sent),
    ]

    assert {(one.status_code, one.json()["type"]) for one in answers} == {(404, "/problems/folder_not_found")}


def test_an_internal_message_is_not_there_to_be_read(place):
    """R-CHT-4"""
    answer = place.anna.put(f"{place.at}/chats/{place.thread}/read", json={"message_id": place.internal})

    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/message_not_found")


def test_only_what_the_firm_opens_to_clients_is_started_by_them(place):
    """R-ORG-3"""
    template = place.owner.made("GET", "/organizer-templates")["items"][0]["id"]

    answer = place.anna.post(f"{place.at}/organizers", json={"template_id": template})

    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/organizer_template_not_found")


@pytest.mark.parametrize("route", OF_THINGS, ids=names)
def test_nothing_is_reached_by_way_of_another_account(place, route):
    """R-ACC-5: a client of another account asks for what is there, under their own account."""
    answer = knock(place.neighbour, route, place.other["id"], place.shown)

    assert answer.status_code == 404, answer.text
    knocked = knock(place.neighbour, route, place.account["id"], place.shown)
    assert (knocked.status_code, knocked.json()["type"]) == (404, "/problems/account_not_found")


@pytest.mark.parametrize("route", OF_ACCOUNTS, ids=names)
def test_without_a_session_nothing_is_there(place, stack, route):
    ids = place.shown | {field: place.shown.get(field, SOMETHING) for field in route.path_fields[1:]}
    with Client(stack.url, None, base="/v1/portal") as nobody:
        assert knock(nobody, route, place.account["id"], ids).status_code == 401


def test_what_is_anothers_to_sign_says_nothing_of_their_places(place):
    """R-POR-3"""
    both = [{"contact_id": one["id"]} for one in (place.annas, place.berts)]
    spot = {"page": 1, "x": 0.1, "width": 0.3, "height": 0.05}
    both[0]["fields"] = [{"kind": "signature", "y": 0.5, **spot}]
    both[1]["fields"] = [
        {"kind": "initials", "y": 0.6, **spot},
        {"kind": "text", "y": 0.7, "label": f"{place.word} town", **spot},
    ]
    _, request = place.ask("signatures", "Both", signers=both)

    hers = place.anna.made("GET", f"{place.at}/signatures/{request}")

    assert [field["kind"] for field in hers["fields"]] == ["signature"]
    assert not any(word in str(hers) for word in (place.word, place.berts["display_name"]))


def test_login_switched_off_ends_it_all_at_once(stack):
    """R-LOG-5"""
    place = Place(stack)
    for route in OF_LISTS:
        assert knock(place.bert, route, place.account["id"], {}).is_success
    address = f"/contacts/{place.berts['id']}/addresses/{place.berts['addresses'][0]['id']}"

    place.made("PATCH", address, version=place.made("GET", "/contacts")["version"], is_login_on=False)

    until(lambda: knock(place.bert, OF_LISTS[0], place.account["id"], {}).status_code == 404)
    for route in OF_ACCOUNTS:
        answer = knock(place.bert, route, place.account["id"], place.shown)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/account_not_found"), names(route)
        assert place.word not in answer.text
    again = {"email": place.berts["addresses"][0]["email"], "password": PORTAL_PASSWORD}
    with Client(stack.url, None, base="/v1/portal") as nobody:
        assert nobody.post("/auth/login", json=again).status_code == 403
    assert knock(place.anna, OF_LISTS[0], place.account["id"], {}).is_success
