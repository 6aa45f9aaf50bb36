"""Files come in by both doors, are New, seen, hidden, replaced, deleted and restored; and who gets none of it."""

import hashlib
import io
import os
import secrets
import socket
import zipfile
from dataclasses import replace
from urllib.parse import urlsplit

import psutil
import pytest

from chassis.blobs import Blobs
from chassis.config import load_settings
from chassis.context import Actor, Context
from contracts import folders  # noqa: F401 (declares errors that come back over the bus)
from contracts.portal_documents import (
    GetPortalFile,
    ListPortalDocuments,
    PortalAccountRef,
    UploadPortalDocument,
)
from tests.firms import Client, Firm, on_the_bus
from tests.stack import until

PDF = b"%PDF-1.7\n" + bytes(200)
LARGE_MB = int(os.environ.get("DOSSIER_TEST_LARGE_MB", "60"))  # 500 takes a minute on a small machine
MOST_GROWTH = 64 * 1024 * 1024  # bytes that a process may grow by meanwhile: parts on their way, not the file
PART = os.urandom(1024 * 1024)


@pytest.fixture
def account(firm):
    return firm.account("Whitfield Bakery")


@pytest.fixture
def at(account):
    return f"/accounts/{account['id']}"


def send(client, path, content=PDF, **query):
    query.setdefault("name", "return.pdf")
    return client.post(path, content=content, params=query, headers={"Content-Type": "application/octet-stream"})


def uploaded(client, at, content=PDF, **query):
    response = send(client, f"{at}/documents", content, **query)
    assert response.status_code == 201, response.text
    return response.json()


def is_problem(response, status, code):
    assert (response.status_code, response.json()["type"]) == (status, f"/problems/{code}"), response.text
    return True


class Portal:
    """A contact of the account, as the gateway lets them call `documents`."""

    def __init__(self, stack, firm, account, contact_id=None):
        self.env, self.account_id = stack.env, account["id"]
        linked = firm.owner.made("GET", f"/accounts/{account['id']}/contacts")["items"]
        self.id = contact_id or linked[0]["contact"]["id"]
        actor = Actor(kind="portal", id=self.id, name="Anna Roy")
        self.ctx = Context(firm_id=firm.id, actor=actor)
        self.blobs = Blobs(load_settings(stack.env))

    def call(self, method, request):
        ctx = replace(self.ctx, key=secrets.token_hex(8))
        ctx = Context(firm_id=ctx.firm_id, actor=ctx.actor, key=ctx.key)
        return on_the_bus(self.env, lambda bus: bus.call(ctx, "documents", method, request))

    def upload(self, content=PDF, name="scan.pdf", **fields):
        path = f"incoming/{secrets.token_hex(16)}"
        self.blobs.put(path, [content])
        facts = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        request = UploadPortalDocument(account_id=self.account_id, name=name, upload=path, **facts, **fields)
        try:
            return self.call("upload_portal_document", request)
        finally:
            self.blobs.delete(path)

    def listed(self):
        return self.call("list_portal_documents", ListPortalDocuments(account_id=self.account_id))["items"]


@pytest.fixture
def portal(stack, firm, account):
    return Portal(stack, firm, account)


def section_of(client, account):
    sections = client.made("GET", f"/accounts/{account['id']}/overview")["sections"]
    return next(section for section in sections if section["name"] == "documents")


class TestJourney:
    def test_a_client_sends_and_the_firm_looks(self, firm, account, at, portal):
        """R-DOC-1, R-DOC-2, R-DOC-4, R-OV-6"""
        sent = portal.upload()
        row = until(lambda: next(iter(section_of(firm.owner, account)["rows"]), None))
        colleague = firm.member("view_all_accounts")
        listed = colleague.made("GET", f"{at}/documents")

        shown = colleague.get(f"{at}/documents/{sent['id']}/file", params={"inline": "true"})

        assert (row["id"], row["is_new"], row["uploader"]["name"]) == (sent["id"], True, "Anna Roy")
        assert (listed["total"], listed["rows"][0]["is_new"]) == (1, True)
        assert (shown.status_code, shown.content) == (200, PDF)
        assert shown.headers["content-type"] == "application/pdf"
        assert (shown.headers["content-disposition"], shown.headers["x-content-type-options"]) == ("inline", "nosniff")
        assert "sandbox" in shown.headers["content-security-policy"]
        assert until(lambda: not section_of(firm.owner, account)["rows"][0]["is_new"])
        mine = firm.owner.made("GET", f"{at}/documents/{sent['id']}")
        assert (mine["is_new"], mine["is_new_for_me"]) == (False, True)

    def test_programs_and_clients_do_not_end_new_unless_they_say_so(self, firm, at, portal, stack):
        """R-DOC-4"""
        sent = portal.upload()
        file = f"{at}/documents/{sent['id']}/file"
        token = firm.owner.made("POST", "/me/tokens", name="Robot", scopes=["documents:read"])["secret"]
        robot = Client(stack.url, token)

        def is_new():
            return firm.owner.made("GET", f"{at}/documents/{sent['id']}")["is_new"]

        portal.call("get_portal_file", GetPortalFile(account_id=portal.account_id, document_id=sent["id"]))
        assert robot.get(file).content == PDF
        assert firm.owner.head(file).status_code == 200
        assert firm.owner.get(file, params={"mark_seen": "false"}).status_code == 200
        assert is_new()
        assert robot.get(file, params={"mark_seen": "true"}).status_code == 200
        assert not is_new()
        firm.owner.made("POST", f"{at}/documents/{sent['id']}/unseen")
        assert is_new()

    def test_the_firm_files_what_it_has(self, firm, account, at, portal):
        """R-DOC-5, R-DOC-6, R-DOC-8, R-DOC-9"""
        private = firm.owner.made("POST", f"{at}/folders", name="Workpapers")
        document = uploaded(firm.owner, at, name="Draft: 2026?.pdf", folder_id=private["id"], description="First")
        saved = firm.owner.get(f"{at}/documents/{document['id']}/file")
        open_folder = next(f for f in firm.owner.made("GET", f"{at}/folders")["items"] if f["reach"] == "edit")
        before = portal.listed()
        moved = firm.owner.made(
            "PATCH", f"{at}/documents/{document['id']}", version=1, folder_id=open_folder["id"], name="Return.pdf"
        )
        after = portal.listed()

        assert (document["is_new"], document["description"], document["media_type"]) == (
            False,
            "First",
            "application/pdf",
        )
        assert "filename*=UTF-8''Draft_%202026_.pdf" in saved.headers["content-disposition"]
        assert (before, [(each["name"], each["by"]) for each in after]) == ([], [("Return.pdf", "firm")])
        assert (moved["version"], section_of(firm.owner, account)["total"]) == (2, 0)
        names = {
            f["name"] for f in portal.call("list_portal_folders", PortalAccountRef(account_id=account["id"]))["items"]
        }
        assert names == {"Client documents"}

    def test_versions_trash_and_back(self, firm, at):
        """R-DOC-9"""
        document = uploaded(firm.owner, at, b"one")
        one = f"{at}/documents/{document['id']}"
        second = firm.owner.post(f"{one}/versions", content=b"two")
        versions = firm.owner.made("GET", f"{one}/versions")["items"]
        old = firm.owner.get(f"{one}/file", params={"version_id": versions[1]["id"]})
        firm.owner.made("POST", f"{one}/versions/{versions[1]['id']}/restore")
        firm.owner.made("DELETE", one)
        gone = firm.owner.get(f"{one}/file")
        (item,) = firm.owner.made("GET", f"{at}/document-trash")["items"]
        firm.owner.made("POST", f"{at}/document-trash/{item['id']}/restore")

        assert (second.status_code, old.content) == (201, b"one")
        assert is_problem(gone, 404, "document_not_found")
        assert firm.owner.get(f"{one}/file").content == b"one"
        assert len(firm.owner.made("GET", f"{one}/versions")["items"]) == 3

    def test_deleted_for_good_the_file_goes_too(self, firm, at, stack):
        """R-DOC-9"""
        document = uploaded(firm.owner, at)
        firm.owner.made("DELETE", f"{at}/documents/{document['id']}")
        file = next((stack.blobs / "documents").rglob(document["file_id"]))

        firm.owner.made("DELETE", f"{at}/document-trash/{document['id']}")

        assert firm.owner.made("GET", f"{at}/document-trash")["total"] == 0
        assert file.exists()  # until the sweep
        assert is_problem(firm.owner.get(f"{at}/documents/{document['id']}"), 404, "document_not_found")

    def test_a_zip_of_all_and_of_some(self, firm, at, portal):
        """R-DOC-4: what went out in it is seen."""
        sent = portal.upload()
        folder = firm.owner.made("POST", f"{at}/folders", name="Bank")
        uploaded(firm.owner, at, b"statement", name="statement.txt", folder_id=folder["id"])

        every = firm.owner.get(f"{at}/documents-zip")
        some = firm.owner.get(f"{at}/documents-zip", params={"folder_id": folder["id"]})

        with zipfile.ZipFile(io.BytesIO(every.content)) as archive:
            assert sorted(archive.namelist()) == ["Bank/statement.txt", "Client documents/scan.pdf"]
            assert archive.read("Client documents/scan.pdf") == PDF
        assert zipfile.ZipFile(io.BytesIO(some.content)).namelist() == ["Bank/statement.txt"]
        assert int(every.headers["content-length"]) == len(every.content)
        assert not firm.owner.made("GET", f"{at}/documents/{sent['id']}")["is_new"]

    def test_parts_of_a_file(self, firm, at):
        """RFC 9110 §14"""
        content = os.urandom(3_000_000)
        document = uploaded(firm.owner, at, content, name="scan.bin")
        file = f"{at}/documents/{document['id']}/file"

        whole = firm.owner.get(file)
        part = firm.owner.get(file, headers={"Range": "bytes=1000-1999999", "If-Range": whole.headers["etag"]})
        none = firm.owner.get(file, headers={"Range": "bytes=3000000-"})
        known = firm.owner.get(file, headers={"If-None-Match": whole.headers["etag"]})

        assert whole.content == content
        assert (part.status_code, part.content) == (206, content[1000:2_000_000])
        assert (none.status_code, none.headers["content-range"]) == (416, "bytes */3000000")
        assert (known.status_code, known.content) == (304, b"")


class TestIntruders:
    def calls(self, at, document, folder):
        one = f"{at}/documents/{document['id']}"
        return [
            ("GET", one, {}),
            ("GET", f"{one}/file", {}),
            ("GET", f"{one}/versions", {}),
            ("PATCH", one, {"json": {"version": 1, "name": "Mine"}}),
            ("DELETE", one, {}),
            ("POST", f"{one}/unseen", {}),
            ("POST", f"{one}/versions", {"content": b"x"}),
            ("GET", f"{at}/documents-zip?document_id={document['id']}", {}),
            ("GET", f"{at}/document-access/{document['id']}", {}),
            ("PUT", f"{at}/document-access/{document['id']}", {"json": {"exemptions": []}}),
            ("DELETE", f"{at}/folders/{folder['id']}", {}),
            ("GET", f"{at}/folders/{folder['id']}/documents", {}),
        ]

    def test_strangers_and_colleagues_without_access_find_nothing(self, firm, at, stack):
        """R-ACC-1, R-ACC-5"""
        folder = firm.owner.made("POST", f"{at}/folders", name="Workpapers")
        document = uploaded(firm.owner, at, folder_id=folder["id"])
        stranger = Firm(stack.url, stack.env, name="Strangers Ltd").owner
        colleague = firm.member("manage_documents")

        for who in (stranger, colleague):
            for verb, path, sent in self.calls(at, document, folder):
                assert is_problem(who.request(verb, path, **sent), 404, "account_not_found")

    def test_what_is_hidden_from_a_member_is_not_there(self, firm, account, at, portal):
        """R-ACC-7, R-OV-9: not listed, counted, found nor served; and open again at a word."""
        folder = firm.owner.made("POST", f"{at}/folders", name="Partners")
        document = portal.upload()
        firm.owner.made("PATCH", f"{at}/documents/{document['id']}", version=1, folder_id=folder["id"])
        emil = firm.member("view_all_accounts", "manage_documents")
        entry = {"kind": "member", "id": emil.member["id"], "access": "none"}
        assert section_of(emil, account)["total"] == 1
        set_to = firm.owner.made("PUT", f"{at}/document-access/{folder['id']}", exemptions=[entry])

        for verb, path, sent in self.calls(at, document, folder):
            assert emil.request(verb, path, **sent).status_code == 404, (verb, path)
        assert emil.made("GET", f"{at}/documents?uploaded_by=all")["total"] == 0
        assert [f["name"] for f in emil.made("GET", f"{at}/folders")["items"]] == ["Client documents"]
        assert until(lambda: section_of(emil, account)["total"] == 0)
        assert section_of(firm.owner, account)["total"] == 1
        assert set_to["items"] == [{**entry, "name": emil.member["name"]}]
        firm.owner.made("PUT", f"{at}/document-access/{folder['id']}", exemptions=[entry | {"access": None}])
        assert until(lambda: section_of(emil, account)["total"] == 1)

    def test_who_may_only_view_downloads_and_changes_nothing(self, firm, at):
        """§2.2, matrix 2.4"""
        document = uploaded(firm.owner, at)
        viewer = firm.member("view_all_accounts")
        one = f"{at}/documents/{document['id']}"

        assert viewer.get(f"{one}/file").content == PDF
        assert is_problem(send(viewer, f"{at}/documents"), 403, "documents_not_yours")
        assert is_problem(viewer.patch(one, json={"version": 1, "name": "Mine"}), 403, "documents_not_yours")
        assert is_problem(viewer.delete(one), 403, "documents_not_yours")

    def test_a_client_reaches_nothing_private_and_nothing_of_another_account(self, stack, firm, account, at, portal):
        """R-DOC-8"""
        private = firm.owner.made("POST", f"{at}/folders", name="Workpapers")
        document = uploaded(firm.owner, at, folder_id=private["id"])
        other = Portal(stack, firm, firm.account("Other Ltd"))
        open_document = uploaded(firm.owner, at)

        for who, wanted in ((portal, document), (other, open_document)):
            request = GetPortalFile(account_id=who.account_id, document_id=wanted["id"])
            with pytest.raises(Exception, match="document_not_found"):
                who.call("get_portal_file", request)
        with pytest.raises(Exception, match="folder_not_found"):
            portal.upload(folder_id=private["id"])
        assert [each["id"] for each in portal.listed()] == [open_document["id"]]

    def test_staff_do_not_come_in_by_the_clients_door(self, firm, account):
        at = f"/portal/accounts/{account['id']}"

        for path in (f"{at}/folders", f"{at}/documents"):
            assert firm.owner.get(path).status_code == 401

    def test_a_token_that_reads_does_not_write(self, firm, at, stack):
        token = firm.owner.made("POST", "/me/tokens", name="Robot", scopes=["documents:read"])["secret"]

        assert is_problem(send(Client(stack.url, token), f"{at}/documents"), 403, "scope_missing")


def raw(stack, firm, path, length, sent=0, then=None):
    """Begin a body of so many bytes, send a few megabytes of it and hang up; without any, give the answer."""
    url = urlsplit(stack.url)
    head = [f"POST {path} HTTP/1.1", "Host: x", f"Authorization: {firm.owner.headers['Authorization']}"]
    with socket.create_connection((url.hostname, url.port)) as line:
        line.settimeout(30)
        line.sendall("\r\n".join([*head, f"Content-Length: {length}", "", ""]).encode())
        for _ in range(sent):
            line.sendall(PART)
        return then() if then else line.recv(4096)


class TestBrokenOff:
    def test_an_upload_that_breaks_off_leaves_nothing(self, firm, at, stack):
        def is_on_its_way():
            return list((stack.blobs / "incoming").glob("*"))

        assert not is_on_its_way()

        raw(stack, firm, f"/v1{at}/documents?name=x.bin", 50_000_000, sent=20, then=lambda: until(is_on_its_way))

        until(lambda: not is_on_its_way())
        assert firm.owner.made("GET", f"{at}/documents?uploaded_by=all")["total"] == 0

    def test_what_states_too_much_is_refused_before_it_is_read(self, firm, at, stack):
        answer = raw(stack, firm, f"/v1{at}/documents?name=x.bin", 500 * 1024 * 1024 + 1)

        assert b" 413 " in answer.partition(b"\r\n")[0]

    @pytest.mark.parametrize(
        "query", [{}, {"name": ""}, {"name": "a\x07b"}, {"name": "x", "folder_id": "x"}, {"name": "x", "size": 5}]
    )
    def test_a_wrong_query_is_told_field_by_field(self, firm, at, query):
        response = firm.owner.post(f"{at}/documents", params=query, content=PDF)

        assert is_problem(response, 422, "invalid")
        assert response.json()["errors"]


def resident(stack, *names):
    return {name: psutil.Process(stack.child(name).pid).memory_info().rss for name in names}


def peak_while(stack, names, parts):
    """The most that each process held while these parts passed."""
    peak = resident(stack, *names)
    for part in parts:
        yield part
        for name, size in resident(stack, *names).items():
            peak[name] = max(peak[name], size)
    peak_while.seen = peak


def test_a_large_file_goes_in_and_out_in_flat_memory(firm, at, stack, capsys):
    names = ("gateway", "documents")
    uploaded(firm.owner, at, PDF)  # so that all that is loaded at first use is
    before = resident(stack, *names)
    digest = hashlib.sha256()

    def parts():
        for number in range(LARGE_MB):
            part = number.to_bytes(4, "big") + PART[4:]
            digest.update(part)
            yield part

    document = uploaded(firm.owner, at, peak_while(stack, names, parts()), name="large.bin")
    peak_in = peak_while.seen
    received = hashlib.sha256()
    with firm.owner.stream("GET", f"{at}/documents/{document['id']}/file") as response:
        for part in peak_while(stack, names, response.iter_bytes(1024 * 1024)):
            received.update(part)
    peak_out = peak_while.seen

    with capsys.disabled():
        for name in names:
            grown = [f"{(peak[name] - before[name]) / 1e6:+.0f}" for peak in (peak_in, peak_out)]
            print(f"\n{name}: {before[name] / 1e6:.0f} MB, {LARGE_MB} MB in {grown[0]}, out {grown[1]}")
    assert document["size"] == LARGE_MB * len(PART)
    assert (
        firm.owner.made("GET", f"{at}/documents/{document['id']}/versions")["items"][0]["sha256"] == digest.hexdigest()
    )
    assert received.digest() == digest.digest()
    for name in names:
        assert max(peak_in[name], peak_out[name]) - before[name] < MOST_GROWTH
