"""Search over a real index (R-SRC-1)."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import insert, text

from chassis import cursor
from chassis.context import new_id
from chassis.errors import Invalid
from contracts import accounts, contacts
from contracts.overview import MOST_HITS, ListAccounts, Search
from services.overview import rules
from services.overview.model import DirectorySearch
from services.overview.queries import lists
from services.overview.queries import search as searching
from tests.unit.overview.firm import access_of, account_of, apply

SOME_ID = UUID("0196f0f0-0000-7000-8000-000000000001")
FORGED = [
    cursor.encode(True, 9, 1, "x", SOME_ID, []),
    cursor.encode(True, 1, 0, "x", SOME_ID, []),
    cursor.encode(True, 1, 99, "x", SOME_ID, []),
    cursor.encode(True, 1, 1, "x", SOME_ID, None),
    cursor.encode(True, 1, 1, "x", SOME_ID, ["x"]),
    cursor.encode(True, 1, 1, "x", SOME_ID, [[]]),
    cursor.encode(True, 1, 1, "x", SOME_ID, [SOME_ID] * 51),
    cursor.encode(True, 1, [], "x", SOME_ID, []),
    cursor.encode(True, 1, "x", SOME_ID),
]


@pytest.fixture
def found(session, ctx):
    """`found("roy")`: the names of the hits, in order."""

    def search(q, **fields):
        return [hit.name for hit in searching.search(session, ctx, Search(q=q, **fields)).items]

    return search


class TestNames:
    """R-SRC-3: each typed word at the start of a word, or with three letters anywhere in one."""

    @pytest.mark.parametrize(
        "q",
        [
            "Élodie Müller", "elodie", "muller", "MÜLLER élodie", "el mu", "lod", "ulle", "odie lle", "e m", "él",
            "müller,", " elodie   muller ",
        ],
    )  # fmt: skip
    def test_finds(self, told, found, q):
        """R-SRC-1"""
        told.account("Élodie Müller")

        assert found(q) == ["Élodie Müller"]

    @pytest.mark.parametrize("q", ["ul", "lo", "elodiemuller", "elodie x", "llerr", "die mul ba", "", "  ", ","])
    def test_does_not_find(self, told, found, q):
        told.account("Élodie Müller")

        assert found(q or " ") == []

    @pytest.mark.parametrize("q", ["%", "_", "100%", "%%%", "___", "a_b", "\\", "'", '"', "o'b", "'; drop", "\\%"])
    def test_what_is_typed_is_literal(self, told, found, q):
        """R-SRC-5"""
        told.account("Plain Name")
        told.account("100% Organic O'Brien \"Bob\" a_b %%% ___ \\ ' _ \\% '; drop")

        assert found(q) == ["100% Organic O'Brien \"Bob\" a_b %%% ___ \\ ' _ \\% '; drop"]

    @pytest.mark.parametrize("q", ["obrien", "o'brien", "brien", "jean-luc", "jeanluc", "luc", "lu"])
    def test_punctuation_inside_a_name_may_be_typed_or_left_out(self, told, found, q):
        told.account("Jean-Luc O'Brien")

        assert found(q) == ["Jean-Luc O'Brien"]

    @pytest.mark.parametrize(("name", "q"), [("王伟 公司", "王"), ("Ольга Иванова", "ива"), ("Ольга Иванова", "ЛЬГА")])
    def test_every_script_is_searched(self, told, found, name, q):
        told.account(name)

        assert found(q) == [name]

    def test_company_and_contact_names_count(self, told, found):
        told.account("Byron", ("Ada King", "ada@king.example"), company="Engines Ltd", type="company")

        assert found("engines") == found("ada ki") == found("king byron") == ["Byron"]

    def test_a_very_long_query_is_answered(self, told, found):
        told.account("x" * 255)

        assert found("x" * 200) == ["x" * 255]
        assert found("y" * 200) == []


class TestAddresses:
    """R-SRC-3: part of any linked contact's address, two letters or more."""

    @pytest.mark.parametrize(
        "q", ["ada.king@engines.example", "ADA.KING@", "g@e", "@e", "da", ".k", "engines.exa", "second", "example"]
    )
    def test_finds_any_part(self, told, found, q):
        """R-SRC-1, R-EM-1: the built-in address and others"""
        told.account("Byron", ("Somebody Else", "Ada.King@Engines.example", "second@other.example"))

        assert found(q) == ["Byron"]

    @pytest.mark.parametrize("q", ["@", "ada@king", "example\nsecond", "example second@"])
    def test_does_not_find(self, told, found, q):
        told.account("Byron", ("Somebody Else", "Ada.King@Engines.example", "second@other.example"))

        assert found(q) == []

    def test_a_shared_address_finds_every_account(self, told, found):
        """R-EM-6"""
        anna = told.contact("Anna", "anna@roy.example")
        told.account("First", anna)
        told.account("Second", anna)

        assert found("anna@roy") == ["First", "Second"]

    @pytest.mark.parametrize("q", ["old.address@roy.example", "OLD.ADD", "d.address"])
    def test_an_address_that_was_unlinked_but_still_signs_in_is_found(self, told, session, ctx, q):
        """R-SRC-3: it is nobody's, so the match names nobody."""
        account = told.account("Byron", ("Anna Roy", "anna@roy.example"))
        apply(session, ctx, access_of(account, unlinked=("Old.Address@roy.example",)))

        (hit,) = searching.search(session, ctx, Search(q=q)).items

        assert [(match.kind, match.text, match.of) for match in hit.matches] == [
            ("email", "Old.Address@roy.example", "")
        ]

    def test_an_address_that_lost_its_access_is_found_no_more(self, told, session, ctx, found):
        account = told.account("Byron")
        apply(session, ctx, access_of(account, 1, unlinked=("old@roy.example",)))

        apply(session, ctx, access_of(account, 2))

        assert found("old@roy") == []


class TestHits:
    def test_says_why_it_matched(self, told, session, ctx):
        """R-SRC-4"""
        account = told.account("Byron", ("Anna Roy", "anna@roy.example"), code="B7", type="company")

        (hit,) = searching.search(session, ctx, Search(q="anna")).items

        assert (hit.id, hit.code, hit.name, hit.type, hit.state) == (account, "B7", "Byron", "company", "active")
        assert [(m.kind, m.text, m.of) for m in hit.matches] == [
            ("contact", "Anna Roy", ""),
            ("email", "anna@roy.example", "Anna Roy"),
        ]

    def test_ranks_the_most_exact_first_and_the_archived_last(self, told, found):
        """R-SRC-4, R-ARC-2; R-SRC-1, R-ID-3: by the code"""
        told.account("Substring tiro12", code="A1")
        told.account("Word ro12", code="A2")
        told.account("RO12 prefix", code="A3")
        told.account("By address", ("Somebody", "ro12"), code="A4")
        told.account("By code", code="RO12")
        told.account("Archived", code="RO123", state="archived")

        assert found("ro12") == ["By code", "By address", "RO12 prefix", "Word ro12", "Substring tiro12", "Archived"]

    def test_archived_accounts_are_found_and_labelled(self, told, session, ctx):
        """R-SRC-2, R-ARC-2"""
        told.account("Old Client", state="archived")

        assert [hit.state for hit in searching.search(session, ctx, Search(q="old")).items] == ["archived"]

    def test_equals_are_in_the_order_of_a_list(self, told, found):
        """R-SRC-4"""
        for name in ("Zoé 10", "zoe 2", "Émile Zoe", "Adam Zoe"):
            told.account(name)

        assert found("zoe") == ["zoe 2", "Zoé 10", "Adam Zoe", "Émile Zoe"]


class TestPages:
    def test_pages_go_through_all_hits_once(self, told, session, ctx):
        """R-SRC-5: 20 results, then the next."""
        for n in range(45):
            told.account(f"Same {n % 3} Roy", state="archived" if n % 7 == 0 else "active")

        seen, after = [], None
        while True:
            page = searching.search(session, ctx, Search(q="roy", cursor=after))
            assert (page.total, page.is_capped) == (45, False)
            seen += [hit.id for hit in page.items]
            after = page.next_cursor
            if after is None:
                break

        assert (len(seen), len(set(seen))) == (45, 45)

    def test_of_very_many_the_best_are_ranked_and_the_rest_is_admitted(self, told, session, ctx):
        for n in range(MOST_HITS + 30):
            told.account(f"Number {n} Roy")
        told.account("Roy First", code="Z1")
        told.account("Unlike", code="ROY")

        page = searching.search(session, ctx, Search(q="roy", limit=2))

        assert [hit.name for hit in page.items] == ["Unlike", "Roy First"]
        assert page.is_capped
        assert page.total >= MOST_HITS

    @pytest.mark.parametrize(
        "forged", ["x", "WzFd", "W3RydWUsMSwibiIsIngiXQ", "WzEsMSwibiIsIngiXQ", "!!!", "e30", *FORGED]
    )
    def test_a_cursor_of_somebody_elses_making_is_refused(self, session, ctx, forged):
        with pytest.raises(Invalid) as refused:
            searching.search(session, ctx, Search(q="roy", cursor=forged))

        assert refused.value.data["errors"][0]["field"] == "cursor"


class TestFollowingTheOwners:
    def test_an_old_name_finds_nothing(self, told, session, ctx, found):
        account = told.account("Before")
        changed = accounts.AccountChanged(account=account_of("After", account_id=account, version=2))

        apply(session, ctx, changed)

        assert (found("before"), found("after")) == ([], ["After"])

    def test_a_new_address_of_a_contact_finds_its_accounts(self, told, session, ctx, found):
        anna = told.contact("Anna", "old@roy.example")
        told.account("First", anna)
        fields = {"addresses": (contacts.EmailAddress(id=anna.id, label="email", email="fresh@roy.example"),)}
        changed = contacts.ContactChanged(contact=replace(anna, version=2, **fields))

        apply(session, ctx, changed)

        assert (found("old@roy"), found("fresh@roy")) == ([], ["First"])

    def test_a_deleted_account_is_found_no_more(self, told, session, ctx, found):
        account = told.account("Gone", ("Anna", "anna@roy.example"))

        apply(session, ctx, accounts.AccountDeleted(account_id=account, version=2))

        assert found("gone") == found("anna@") == []
        assert lists.list_accounts(session, ctx, ListAccounts(state="all")).total == 0


def test_search_reads_the_index_and_not_the_firm(told, session, ctx):
    """No GIN operator is leakproof: below a forced policy PostgreSQL would compare every row of the firm."""
    told.account("Client", ("Contact", "contact123@mail.example"))
    rows = [_indexed(ctx, f"Client {n}", f"contact{n}@mail.example") for n in range(1000, 4000)]
    session.execute(insert(DirectorySearch), rows)
    session.execute(text("RESET ROLE"))  # only its owner may count a table's values
    session.execute(text("ANALYZE directory_search"))
    before = _fetched(session)

    hits = searching.search(session, ctx, Search(q="tact123@"))

    assert [hit.name for hit in hits.items] == ["Client"]
    assert _fetched(session) - before <= 5


def _indexed(ctx, name, email):
    kept = rules.searched(ctx.firm, [name], [email], [])
    return {
        "firm_id": ctx.firm,
        "account_id": new_id(),
        "is_archived": False,
        "name": name,
        "code_key": name,
        "name_key": name,
        "names": kept.names,
        "addresses": kept.addresses,
        "team": [],
        "keys": kept.keys,
    }


def _fetched(session):
    """How many rows of the search table this transaction has read so far."""
    query = """
        SELECT pg_stat_get_xact_tuples_fetched(c.oid) + pg_stat_get_xact_tuples_returned(c.oid)
        FROM pg_class c WHERE c.relname = 'directory_search'
    """
    return session.scalar(text(query))
