"""Who sees and edits which contact: can_see_contact and can_edit_contact of domain.md §2.3, R-ACC-5, U-3."""

from dataclasses import replace

import pytest

from chassis.errors import Forbidden, NotFound
from chassis.testing import member_ctx
from contracts import contacts
from contracts.accounts import AccountNotFound
from contracts.common import Done
from contracts.contacts import ChangeContact, ContactRef, FindContact, ListContacts, NewContact
from services.contacts.operations import people
from services.contacts.queries import links
from services.contacts.queries import people as known


@pytest.fixture
def firm(person, opened, ctx):
    """Anna serves an account of emil's team, Bob one that is not, Cara both, Dora none."""
    emil = member_ctx(ctx)
    anna, bob, cara, dora = (person(name, "Roy", f"{name}@roy.example") for name in ("Anna", "Bob", "Cara", "Dora"))
    his = opened(anna, cara, team=[emil.actor.id], name="His")
    hidden = opened(bob, cara, name="Hidden")
    return {"emil": emil, "anna": anna, "bob": bob, "cara": cara, "dora": dora, "his": his, "hidden": hidden}


def with_rights(ctx, *rights):
    return replace(ctx, actor=replace(ctx.actor, rights=frozenset(rights)))


@pytest.mark.parametrize(
    ("rights", "seen"),
    [
        ((), ["Anna Roy", "Cara Roy"]),
        (("manage_contacts",), ["Anna Roy", "Cara Roy"]),
        (("manage_accounts",), ["Anna Roy", "Cara Roy"]),
        (("view_all_accounts",), ["Anna Roy", "Bob Roy", "Cara Roy"]),
        (("view_all_contacts",), ["Anna Roy", "Bob Roy", "Cara Roy", "Dora Roy"]),
    ],
)
def test_can_see_contact_of_an_employee(session, firm, rights, seen):
    """R-LST-5"""
    emil = with_rights(firm["emil"], *rights)

    page = known.list_contacts(session, emil, ListContacts(limit=100))

    assert [one.display_name for one in page.items] == seen
    assert page.total == len(seen)
    for name in ("anna", "bob", "cara", "dora"):
        reference = ContactRef(contact_id=firm[name].id)
        if firm[name].display_name in seen:
            assert known.get_contact(session, emil, reference).id == firm[name].id
        else:
            with pytest.raises(contacts.ContactNotFound):
                known.get_contact(session, emil, reference)


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_owner_and_admins_see_everybody(session, firm, ctx, role):
    assert known.list_contacts(session, member_ctx(ctx, role=role), ListContacts()).total == 4


@pytest.mark.parametrize("kind", ["portal", "member"])
def test_strangers_see_nobody(session, firm, ctx, kind):
    stranger = member_ctx(ctx, kind=kind)
    assert known.list_contacts(session, stranger, ListContacts()).total == 0


def test_a_portal_user_with_a_members_id_sees_nobody(session, firm):
    emil = firm["emil"]
    portal = replace(emil, actor=replace(emil.actor, kind="portal"))
    assert known.list_contacts(session, portal, ListContacts()).total == 0


def test_another_firm_sees_nobody(session, firm, other_firm):
    assert known.list_contacts(session, other_firm, ListContacts()).total == 0
    assert known.list_duplicates(session, other_firm, Done()).groups == ()
    for call, request in [
        (known.get_contact, ContactRef(contact_id=firm["anna"].id)),
        (links.list_contact_accounts, ContactRef(contact_id=firm["anna"].id)),
        (links.list_account_contacts, contacts.AccountRef(account_id=firm["his"].id)),
        (people.delete_contact, ContactRef(contact_id=firm["anna"].id)),
    ]:
        with pytest.raises(NotFound):
            call(session, other_firm, request)


@pytest.mark.parametrize(
    ("rights", "may_edit"),
    [
        ((), []),
        (("manage_contacts",), ["anna", "cara"]),
        (("manage_accounts",), ["anna", "cara"]),
        (("view_all_contacts",), []),
        (("view_all_contacts", "manage_contacts"), ["anna", "bob", "cara", "dora"]),
        (("view_all_contacts", "manage_accounts"), ["anna", "cara"]),
        (("view_all_accounts", "manage_accounts"), ["anna", "bob", "cara"]),
    ],
)
def test_u_3_can_edit_contact(session, firm, rights, may_edit):
    emil = with_rights(firm["emil"], *rights)
    edited = []
    for name in ("anna", "bob", "cara", "dora"):
        try:
            people.change_contact(session, emil, ChangeContact(contact_id=firm[name].id, version=1, notes="x"))
        except (Forbidden, contacts.ContactNotFound):
            continue
        edited.append(name)

    assert edited == may_edit


def test_what_one_sees_and_may_not_edit_is_forbidden_and_not_missing(session, firm):
    with pytest.raises(Forbidden):
        people.change_contact(session, firm["emil"], ChangeContact(contact_id=firm["anna"].id, version=1, notes="x"))


def test_r_acc_5_a_contacts_accounts_are_the_visible_ones(session, ctx, firm):
    cara = ContactRef(contact_id=firm["cara"].id)

    for_owner = links.list_contact_accounts(session, ctx, cara)
    for_emil = links.list_contact_accounts(session, firm["emil"], cara)

    assert [one.name for one in for_owner.items] == ["Hidden", "His"]
    assert [one.name for one in for_emil.items] == ["His"]


def test_r_acc_5_a_list_of_contacts_tells_of_the_visible_accounts_alone(session, ctx, firm):
    def told(ctx, **asked):
        page = known.list_contacts(session, ctx, ListContacts(**asked))
        return {each.contact_id: [one.name for one in each.items] for each in page.accounts}

    cara = firm["cara"].id

    assert told(ctx, has_accounts=True)[cara] == ["Hidden", "His"]
    assert told(firm["emil"], has_accounts=True)[cara] == ["His"]
    assert firm["dora"].id not in told(ctx, has_accounts=True)
    assert told(ctx) == {}


def test_r_acc_5_a_hidden_accounts_contacts_are_not_listed_though_one_of_them_is_known(session, firm):
    with pytest.raises(AccountNotFound):
        links.list_account_contacts(session, firm["emil"], contacts.AccountRef(account_id=firm["hidden"].id))


def test_r_acc_5_finding_does_not_tell_of_hidden_contacts(session, ctx, firm):
    bob = FindContact(contact=NewContact(email="bob@roy.example"))

    assert known.find_contact(session, firm["emil"], bob).contact_id is None
    assert known.find_contact(session, ctx, bob).contact_id == firm["bob"].id


def test_r_em_6_a_shared_address_is_legal_and_says_with_whom(session, ctx, firm, person):
    made = person("Eve", "Roy", "ANNA@roy.example")

    (warning,) = made.warnings
    assert "ANNA@roy.example" in warning
    assert "Anna Roy" in warning
    (warning,) = known.get_contact(session, ctx, ContactRef(contact_id=firm["anna"].id)).warnings
    assert "Eve Roy" in warning


def test_r_em_6_a_warning_does_not_tell_of_hidden_contacts(session, firm, person):
    person("Secret", "Roy", "anna@roy.example")

    seen = known.get_contact(session, firm["emil"], ContactRef(contact_id=firm["anna"].id))

    assert seen.warnings == ()


def test_r_em_6_a_warning_names_three_at_most(person):
    for name in ("A", "B", "C", "D", "E"):
        last = person(name, "Roy", "home@roy.example")

    assert last.warnings == ("home@roy.example is a shared address: it is also one of A Roy, B Roy, C Roy and others.",)
