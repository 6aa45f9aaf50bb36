"""R-CHT-1 to R-CHT-5: a firm asks, the client reads, answers and ticks, and the overview tells how it stands."""

from uuid import UUID

import pytest

from chassis.context import Actor, Context, new_id
from chassis.errors import AppError, Forbidden
from contracts.chat_files import AttachmentRef
from contracts.chats import MessageRef, ThreadRef
from contracts.client_tasks import ClientTaskRef
from contracts.portal_chats import ListPortalMessages, ListPortalThreads, PortalChats, SendPortalMessage
from tests.firms import Firm, on_the_bus, person
from tests.stack import until

PDF = {"Content-Type": "application/pdf"}


class Portal:
    """A contact of an account as whom somebody acts in the portal: calls as the gateway makes them."""

    def __init__(self, stack, firm, account, contact):
        self.env, self.account_id = stack.env, UUID(account["id"])
        self.firm_id = UUID(firm.id)
        self.actor = Actor(kind="portal", id=UUID(contact["id"]), name=contact["display_name"])

    def ask(self, call, kind, thread=None, **fields):
        if thread is not None:
            fields["thread_id"] = UUID(thread["id"])
        ctx = Context(firm_id=self.firm_id, actor=self.actor, key=new_id().hex)
        request = kind(account_id=self.account_id, **fields)
        return on_the_bus(self.env, lambda bus: bus.call(ctx, PortalChats.NAME, call.__name__, request))

    def messages(self, thread):
        return self.ask(PortalChats.list_portal_messages, ListPortalMessages, thread)["items"]

    def read_all(self, thread):
        last = UUID(self.messages(thread)[0]["id"])
        self.ask(PortalChats.read_portal_thread, MessageRef, thread, message_id=last)


@pytest.fixture
def account(firm):
    return firm.account("Roy Family", contacts=[{"new": person()}, {"new": person(first_name="Boris")}])


@pytest.fixture
def contacts(firm, account):
    linked = firm.owner.made("GET", f"/accounts/{account['id']}/contacts")["items"]
    return [one["contact"] for one in linked]


@pytest.fixture
def at(account):
    return f"/accounts/{account['id']}/chats"


def section(firm, account):
    profile = firm.owner.made("GET", f"/accounts/{account['id']}/overview?sections=chats")
    (found,) = profile["sections"]
    return found


def upload(client, account, content, name):
    at = f"/accounts/{account['id']}/chat-attachments"
    return client.post(at, content=content, headers=PDF, params={"name": name})


def test_from_the_first_question_to_the_last_answer(stack, firm, account, contacts, at):
    anna, boris = (Portal(stack, firm, account, one) for one in contacts)
    file = upload(firm.owner, account, b"%PDF " + b"x" * 6_000_000, "Lettre de résiliation.pdf")
    thread = firm.owner.made(
        "POST",
        at,
        subject="Tax return 2025",
        text="Please send us what is missing.",
        participant_ids=[contacts[0]["id"]],
        attachment_ids=[file.json()["id"]],
        tasks=["Upload the bank statements", "Sign the letter"],
    )
    (row,) = until(lambda: section(firm, account)["rows"])
    assert (row["subject"], row["is_unread"], row["attachments"], row["tasks_total"]) == (
        "Tax return 2025",
        False,
        1,
        2,
    )
    assert (row["answered_by"], row["read_by"]) == (None, [])

    firm.owner.made("POST", f"{at}/{thread['id']}/messages", text="They are always late.", is_internal=True)
    anna.read_all(thread)
    anna.ask(PortalChats.tick_portal_task, ClientTaskRef, thread, task_id=UUID(thread["tasks"][0]["id"]))
    anna.ask(PortalChats.send_portal_message, SendPortalMessage, thread, text="The rest follows on Monday.")
    row = until(lambda: (found := section(firm, account)["rows"][0])["is_unread"] and found)

    assert row["answered_by"]["name"] == contacts[0]["display_name"]
    assert row["last_sent"]["text"] == "Please send us what is missing."
    assert row["last_internal"]["text"] == "They are always late."
    assert (row["tasks_done"], [one["id"] for one in row["read_by"]]) == (1, [contacts[0]["id"]])
    assert [one["text"] for one in anna.messages(thread)] == [
        "The rest follows on Monday.",
        "Please send us what is missing.",
    ]
    assert boris.ask(PortalChats.list_portal_threads, ListPortalThreads)["total"] == 0
    with pytest.raises(AppError, match="thread_not_found"):
        boris.messages(thread)

    newest = firm.owner.made("GET", f"{at}/{thread['id']}/messages?limit=1")["items"][0]
    firm.owner.made("PUT", f"{at}/{thread['id']}/read", message_id=newest["id"])
    assert until(lambda: not section(firm, account)["rows"][0]["is_unread"])
    archived = firm.owner.made("PATCH", f"{at}/{thread['id']}", is_archived=True, version=thread["version"])
    assert archived["is_archived"]
    assert until(lambda: section(firm, account)["total"] == 0)
    assert firm.owner.made("GET", f"{at}?state=archived")["total"] == 1


def test_files_reach_who_may_have_them(stack, firm, account, contacts, at):
    """R-CHT-4"""
    content = b"%PDF " + bytes(range(256)) * 20_000
    shown, secret = (upload(firm.owner, account, content, f"{name}.pdf").json() for name in ("Rechnung Ä", "secret"))
    thread = firm.owner.made("POST", at, subject="Files", attachment_ids=[shown["id"]])
    firm.owner.made(
        "POST", f"{at}/{thread['id']}/messages", text="Ours.", is_internal=True, attachment_ids=[secret["id"]]
    )
    files = f"/accounts/{account['id']}/chat-attachments"
    stranger = Firm(firm.url, stack.env).owner
    employee = firm.member()
    portal = Portal(stack, firm, account, contacts[0])

    got = firm.owner.get(f"{files}/{shown['id']}")
    known = firm.owner.get(f"{files}/{shown['id']}", headers={"If-None-Match": got.headers["etag"]})
    refused = [client.get(f"{files}/{shown['id']}").status_code for client in (stranger, employee)]

    assert got.content == content
    assert got.headers["content-type"] == "application/pdf"
    assert got.headers["content-disposition"] == "attachment; filename*=UTF-8''Rechnung%20%C3%84.pdf"
    assert known.status_code == 304
    assert refused == [404, 404]
    theirs = portal.ask(PortalChats.get_portal_attachment, AttachmentRef, attachment_id=UUID(shown["id"]))
    assert theirs["file_name"] == "Rechnung Ä.pdf"
    with pytest.raises(AppError, match="attachment_not_found"):
        portal.ask(PortalChats.get_portal_attachment, AttachmentRef, attachment_id=UUID(secret["id"]))
    assert list((stack.blobs / "incoming").glob("*")) == []


def test_a_file_of_a_chat_becomes_a_document_once(firm, account, at):
    """R-DOC-1, R-CHT-4"""
    content = b"%PDF-1.7 " + bytes(range(256)) * 1000
    shown, secret = (upload(firm.owner, account, content, f"{name}.pdf").json() for name in ("shown", "secret"))
    thread = firm.owner.made("POST", at, subject="Files", attachment_ids=[shown["id"]])
    firm.owner.made(
        "POST", f"{at}/{thread['id']}/messages", text="Ours.", is_internal=True, attachment_ids=[secret["id"]]
    )
    files = f"/accounts/{account['id']}/chat-attachments"

    first, again = (firm.owner.made("POST", f"{files}/{shown['id']}/save") for _ in range(2))
    refused = firm.owner.post(f"{files}/{secret['id']}/save")

    assert first == again
    document = firm.owner.made("GET", f"/accounts/{account['id']}/documents/{first['document_id']}")
    assert (document["name"], document["size"]) == ("shown.pdf", len(content))
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/internal_attachment")


def test_a_message_sent_twice_under_one_key_is_sent_once(firm, at):
    thread = firm.owner.made("POST", at, subject="Once", text="One")
    key = {"Idempotency-Key": "the-same-message"}

    answers = [
        firm.owner.post(f"{at}/{thread['id']}/messages", json={"text": "Two"}, headers=key).json() for _ in range(2)
    ]

    assert answers[0] == answers[1]
    assert firm.owner.made("GET", f"{at}/{thread['id']}/messages")["total"] == 2


def test_a_thread_started_twice_under_one_key_is_started_once(firm, at, contacts):
    body = {"subject": "Once", "text": "One", "participant_ids": [contacts[0]["id"]]}
    key = {"Idempotency-Key": "the-same-thread"}

    answers = [firm.owner.post(at, json=body, headers=key).json() for _ in range(2)]

    assert answers[0] == answers[1]
    assert firm.owner.made("GET", at)["total"] == 1


def test_what_is_wrong_is_said_field_by_field(firm, account, at):
    other = firm.account("Other")
    theirs = firm.owner.made("GET", f"/accounts/{other['id']}/contacts")["items"][0]["contact"]["id"]
    cases = [
        (firm.owner.post(at, json={"subject": "Empty"}), "text"),
        (firm.owner.post(at, json={"subject": " ", "text": "x"}), "subject"),
        (firm.owner.post(at, json={"subject": "x", "text": "x" * 20_001}), "text"),
        (firm.owner.post(at, json={"subject": "x", "text": "x", "participant_ids": [theirs]}), "participant_ids"),
        (firm.owner.post(at, json={"subject": "x", "text": "x", "attachment_ids": [str(new_id())]}), "attachment_ids"),
        (firm.owner.get(at, params={"state": "gone"}), "state"),
        (firm.owner.get(at, params={"cursor": "nonsense"}), "cursor"),
        (upload(firm.owner, account, b"x", " "), "name"),
    ]

    for response, field in cases:
        assert response.status_code == 422, response.text
        assert [one["field"] for one in response.json()["errors"]] == [field]


def test_an_account_that_is_not_ones_own_has_no_chats(stack, firm, at):
    """R-ACC-1, R-ACC-5"""
    thread = firm.owner.made("POST", at, subject="Ours", text="One")
    message = firm.owner.made("GET", f"{at}/{thread['id']}/messages")["items"][0]
    one = f"{at}/{thread['id']}"

    for client in (firm.member(), Firm(firm.url, stack.env).owner):
        answers = [
            client.get(at),
            client.get(one),
            client.get(f"{one}/messages"),
            client.post(at, json={"subject": "Mine", "text": "x"}),
            client.post(f"{one}/messages", json={"text": "x"}),
            client.patch(one, json={"is_archived": True, "version": 1}),
            client.put(f"{one}/read", json={"message_id": message["id"]}),
            client.delete(f"{one}/messages/{message['id']}"),
            client.post(f"{one}/tasks", json={"title": "x"}),
        ]
        assert {answer.status_code for answer in answers} == {404}


def test_a_thread_is_not_reached_by_way_of_another_account(firm, at):
    thread = firm.owner.made("POST", at, subject="Ours", text="One")
    other = firm.account("Other")

    response = firm.owner.get(f"/accounts/{other['id']}/chats/{thread['id']}")

    assert (response.status_code, response.json()["type"]) == (404, "/problems/thread_not_found")


def test_the_two_sides_keep_to_their_calls(stack, firm, account, contacts, at):
    """R-CHT-4: a client's path refuses staff, and the firm's calls refuse a client."""
    thread = firm.owner.made("POST", at, subject="Ours", text="One")
    portal = Portal(stack, firm, account, contacts[0])
    staff = firm.owner.get(f"/portal/accounts/{account['id']}/chats")

    assert staff.status_code == 401
    ctx = Context(firm_id=UUID(firm.id), actor=portal.actor)
    request = ThreadRef(account_id=portal.account_id, thread_id=UUID(thread["id"]))
    with pytest.raises(Forbidden):
        on_the_bus(stack.env, lambda bus: bus.call(ctx, "messages", "get_thread", request))


def test_two_write_over_each_others_subject(firm, at):
    thread = firm.owner.made("POST", at, subject="First", text="One")
    first = firm.owner.patch(f"{at}/{thread['id']}", json={"subject": "Second", "version": 1})
    second = firm.owner.patch(f"{at}/{thread['id']}", json={"subject": "Third", "version": 1})

    assert first.status_code == 200
    assert (second.status_code, second.json()["type"]) == (409, "/problems/thread_changed")
    assert second.json()["current"]["subject"] == "Second"
