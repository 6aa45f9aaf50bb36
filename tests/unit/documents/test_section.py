"""The section Documents and all behind it."""

import pytest

from chassis.context import Actor, Context, new_id
from chassis.errors import Invalid
from services.documents.operations import documents
from tests.unit.documents.conftest import arrived_for, later, ref


def names(section):
    return [row["name"] for row in section.rows]


class TestSection:
    def test_the_five_latest_that_clients_uploaded(self, new_document, client_ctx, ctx, section):
        """R-DOC-1, R-OV-3, R-OV-4"""
        for minute in range(7):
            new_document(f"{minute}.pdf", by=later(client_ctx, minutes=minute))
        new_document("ours.pdf", by=later(ctx, hours=1))

        shown = section()

        assert names(shown) == ["6.pdf", "5.pdf", "4.pdf", "3.pdf", "2.pdf"]
        assert shown.total == 7

    def test_of_two_at_once_the_later_id_comes_first(self, new_document, client_ctx, section):
        """R-OV-4"""
        ids = [str(new_document(by=client_ctx).id) for _ in range(3)]

        assert [row["id"] for row in section().rows] == ids[::-1]

    def test_a_row_tells_what_it_is(self, new_document, client_ctx, section, root):
        """R-DOC-6"""
        document = new_document(by=client_ctx, media_type="image/png", size=12)

        (row,) = section().rows

        assert row == {
            "id": str(document.id),
            "name": "return.pdf",
            "media_type": "image/png",
            "size": 12,
            "description": "",
            "folder": {"id": str(root.id), "name": "Client documents"},
            "uploaded_at": document.uploaded_at.isoformat().replace("+00:00", "Z"),
            "uploader": {"side": "client", "name": "Cora Client"},
            "origin": "portal",
            "is_new": True,
            "statuses": [],
        }

    @pytest.mark.parametrize("origin", ["chat", "email", "link", "organizer"])
    def test_through_whichever_door_a_client_sent_it(self, session, ctx, account_id, root, section, origin):
        """R-DOC-1"""
        brought = {"side": "client", "uploader_id": None, "uploader_name": "anna@example.com", "origin": origin}
        arrived = arrived_for(session, ctx, account_id, **brought)
        documents.add(session, ctx, arrived, documents.Place(account_id), "scan.pdf")

        assert [(row["origin"], row["is_new"]) for row in section().rows] == [(origin, True)]

    def test_what_the_firm_uploaded_over_it_is_the_firms(
        self, session, ctx, account_id, new_document, client_ctx, section
    ):
        """R-DOC-1: the last version counts, as for date and uploader."""
        document = new_document(by=client_ctx)

        documents.add_version(session, ctx, arrived_for(session, ctx, account_id), account_id, document.id)

        assert section().total == 0

    def test_what_is_in_the_trash_does_not_count(self, session, ctx, new_document, client_ctx, section):
        """R-OV-9"""
        documents.delete_document(session, ctx, ref(new_document(by=client_ctx)))

        assert (section().rows, section().total) == ((), 0)

    def test_an_account_without_any(self, section):
        assert (section().rows, section().total) == ((), 0)

    def test_the_total_is_what_view_all_lists(self, new_document, client_ctx, section, listed):
        """R-OV-6"""
        for _ in range(6):
            new_document(by=client_ctx)
        new_document()

        assert section().total == listed().total == 6


class TestViewAll:
    @pytest.fixture
    def some(self, session, ctx, account_id, new_document, new_folder, client_ctx):
        folder = new_folder("Bank", client_access="edit")
        new_document("statement 50%.pdf", by=client_ctx, folder_id=folder.id)
        seen = new_document("Letter.pdf", by=later(client_ctx, minutes=1))
        new_document("report.pdf", by=later(ctx, minutes=2))
        documents.mark_seen(session, ctx, account_id, [(seen.id, seen.file_id)])
        return folder

    @pytest.mark.parametrize(
        ("filters", "found"),
        [
            ({}, ["Letter.pdf", "statement 50%.pdf"]),
            ({"uploaded_by": "firm"}, ["report.pdf"]),
            ({"uploaded_by": "all"}, ["report.pdf", "Letter.pdf", "statement 50%.pdf"]),
            ({"uploaded_by": "all", "sort": "name"}, ["Letter.pdf", "report.pdf", "statement 50%.pdf"]),
            ({"new": "true"}, ["statement 50%.pdf"]),
            ({"new": "false"}, ["Letter.pdf"]),
            ({"new": "mine"}, ["statement 50%.pdf"]),
            ({"q": "LETT"}, ["Letter.pdf"]),
            ({"q": "%"}, ["statement 50%.pdf"]),
            ({"q": "_"}, []),
            ({"q": "'"}, []),
        ],
    )
    def test_filters(self, some, listed, filters, found):
        page = listed(**filters)

        assert (names(page), page.total) == (found, len(found))

    def test_by_folder(self, some, listed):
        assert names(listed(folder=str(some.id))) == ["statement 50%.pdf"]

    def test_new_for_another_member(self, some, listed, employee):
        """R-DOC-3"""
        emil = employee()

        assert listed(by=emil, scope=f"member:{emil.actor.id}", new="mine").total == 2

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("uploaded_by", "me"),
            ("new", "yes"),
            ("folder", "x"),
            ("status", "signed?"),
            ("sort", "size"),
            ("colour", "red"),
        ],
    )
    def test_what_it_does_not_know_is_told(self, listed, name, value):
        with pytest.raises(Invalid) as raised:
            listed(**{name: value})

        assert raised.value.data["errors"][0]["field"] == f"filters.{name}"

    @pytest.mark.parametrize("sort", ["name", "-uploaded_at"])
    def test_pages_hold_each_row_once(self, new_document, client_ctx, listed, sort):
        for number in range(7):
            new_document(f"{number % 3}.pdf", by=later(client_ctx, seconds=number % 2))

        found, cursor = [], None
        while True:
            page = listed(limit=3, after=cursor, sort=sort)
            found += [row["id"] for row in page.rows]
            cursor = page.next_cursor
            if cursor is None:
                break

        assert page.total == 7
        assert len(found) == len(set(found)) == 7


def test_another_accounts_documents_are_in_no_section_of_this_one(new_document, client_ctx, section):
    new_document(by=client_ctx)

    assert section(account_id=new_id()).total == 0


def test_another_firm_sees_nothing(ctx, account_id, new_document, client_ctx, section):
    new_document(by=client_ctx)
    stranger = Context(firm_id=new_id(), actor=Actor(kind="member", id=ctx.actor.id, role="owner"))

    assert section(by=stranger).total == 0
