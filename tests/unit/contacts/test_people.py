from dataclasses import replace

import pytest

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from chassis.testing import member_ctx
from contracts import contacts, identity
from contracts.accounts import TagChanged
from contracts.common import Address, Tag
from contracts.contacts import AccountRef, ChangeContact, ContactRef, NewAddress, NewContact
from services.contacts.operations import people, projections
from services.contacts.queries import links
from services.contacts.queries import people as known


def errors(caught):
    return [error["field"] for error in caught.value.data["errors"]]


class TestCreateContact:
    def test_keeps_every_field_of_domain_4_1_tidied(self, session, ctx, tag):
        new = NewContact(
            first_name="  Anna\tMaria ",
            last_name="Roy",
            email=" Anna@Roy.Example ",
            other_addresses=(NewAddress(label=" Work ", email="anna@büro.example"),),
            phones=("+33 1 23 45 67 89", " ", "+33 1 23 45 67 89"),
            company_name=" Roy  &  Fils ",
            address=Address(street="1, rue\ndes Lilas", city="Lyon", zip="69001", country="FR"),
            notes=" one\r\ntwo ",
            timezone="Europe/Paris",
            tag_ids=(tag.id, tag.id),
        )

        made = people.create_contact(session, ctx, new)

        read = known.get_contact(session, ctx, ContactRef(contact_id=made.id))
        assert read == made
        assert (read.first_name, read.display_name, read.company_name) == (
            "Anna Maria",
            "Anna Maria Roy",
            "Roy & Fils",
        )
        assert [(one.label, one.email) for one in read.addresses] == [
            ("email", "Anna@Roy.Example"),
            ("Work", "anna@büro.example"),
        ]
        assert read.phones == ("+33 1 23 45 67 89",)
        assert read.address == Address(street="1, rue des Lilas", city="Lyon", zip="69001", country="FR")
        assert (read.notes, read.timezone, read.tags) == ("one\ntwo", "Europe/Paris", (tag,))
        assert (read.version, read.created_at, read.updated_at) == (1, ctx.now, ctx.now)

    def test_announces_the_contact_without_warnings(self, session, ctx, person):
        person("Anna", "Roy", "home@roy.example")
        bob = person("Bob", "Roy", "home@roy.example")

        (_, happened) = outbox.pending(session)
        assert isinstance(happened, contacts.ContactCreated)
        assert (happened.contact.id, happened.contact.warnings) == (bob.id, ())

    def test_r_c_2_needs_no_account(self, session, ctx, person):
        anna = person("Anna")

        served = links.list_contact_accounts(session, ctx, ContactRef(contact_id=anna.id))

        assert served.items == ()

    @pytest.mark.parametrize("blank", ["", "   ", "\u200b\u200b", "\u2028"])
    def test_somebody_without_name_and_address_is_nobody(self, session, ctx, blank):
        with pytest.raises(Invalid) as caught:
            people.create_contact(session, ctx, NewContact(first_name=blank, company_name="Roy SA"))

        assert errors(caught) == ["last_name"]

    def test_an_address_stands_for_the_missing_name(self, person):
        """R-CN-2"""
        assert person(email="anna@roy.example").display_name == "anna@roy.example"

    def test_r_cn_1_keeps_a_display_name_typed_by_hand(self, session, ctx, person):
        made = person("Anna", "Roy", display_name="Mme Roy")

        renamed = people.change_contact(
            session, ctx, ChangeContact(contact_id=made.id, version=1, last_name="Roy-Martin")
        )
        freed = people.change_contact(session, ctx, ChangeContact(contact_id=made.id, version=2, display_name=""))

        assert (renamed.display_name, renamed.is_name_typed) == ("Mme Roy", True)
        assert (freed.display_name, freed.is_name_typed) == ("Anna Roy-Martin", False)

    def test_right_to_left_names_stay_as_they_are(self, person):
        assert person("دانا", "روي").display_name == "دانا روي"

    @pytest.mark.parametrize(
        ("others", "wrong"),
        [
            ((("Email", "b@roy.example"),), ["other_addresses.0.label"]),
            ((("Work", "b@roy.example"), ("work", "c@roy.example")), ["other_addresses.1.label"]),
            (((" ", "b@roy.example"),), ["other_addresses.0.label"]),
            ((("Work", "A@ROY.example"),), ["other_addresses.0.email"]),
            ((("A", "b@bücher.example"), ("B", "b@xn--bcher-kva.example")), ["other_addresses.1.email"]),
        ],
    )
    def test_r_em_1_each_address_stands_once_under_its_own_label(self, session, ctx, others, wrong):
        new = NewContact(
            email="a@roy.example",
            other_addresses=tuple(NewAddress(label=label, email=email) for label, email in others),
        )

        with pytest.raises(Invalid) as caught:
            people.create_contact(session, ctx, new)

        assert errors(caught) == wrong

    def test_r_c_3_refuses_a_members_address_and_names_the_field(self, session, ctx, member):
        new = NewContact(
            first_name="Anna",
            email="anna@roy.example",
            other_addresses=(NewAddress(label="Work", email="EMIL@firm.EXAMPLE"),),
        )

        with pytest.raises(contacts.MemberAddress) as caught:
            people.create_contact(session, ctx, new)

        assert errors(caught) == ["other_addresses.0.email"]

    def test_r_c_3_lets_a_former_member_become_a_contact(self, session, ctx, member, person):
        gone = identity.MemberDeactivated(member=member(version=2, is_active=False))
        projections.member_changed(session, ctx, gone)

        assert person("Emil", email="emil@firm.example").addresses[0].email == "emil@firm.example"

    def test_a_tag_must_be_the_firms(self, session, ctx, tag):
        with pytest.raises(Invalid) as caught:
            people.create_contact(session, ctx, NewContact(first_name="Anna", tag_ids=(tag.id, new_id())))

        assert errors(caught) == ["tag_ids.1"]

    def test_an_employee_needs_manage_contacts(self, session, ctx):
        with pytest.raises(Forbidden):
            people.create_contact(session, member_ctx(ctx, rights=("manage_accounts",)), NewContact(first_name="A"))

        allowed = member_ctx(ctx, rights=("manage_contacts",))
        assert people.create_contact(session, allowed, NewContact(first_name="A")).display_name == "A"


class TestChangeContact:
    def test_changes_what_is_given_and_nothing_else(self, session, ctx, person):
        anna = person("Anna", "Roy", "anna@roy.example", notes="old", phones=("0612345678",))

        changed = people.change_contact(
            session, ctx, ChangeContact(contact_id=anna.id, version=1, notes="new", phones=())
        )

        assert (changed.notes, changed.phones, changed.version) == ("new", (), 2)
        assert (changed.display_name, changed.addresses) == (anna.display_name, anna.addresses)
        happened = outbox.pending(session)[-1]
        assert happened == contacts.ContactChanged(contact=changed)

    def test_r_c_1_shows_in_every_account_of_the_contact(self, session, ctx, person, opened):
        anna, bob = person("Anna", "Roy"), person("Bob", "Roy")
        accounts = [opened(anna), opened(bob, anna)]

        changed = people.change_contact(
            session, ctx, ChangeContact(contact_id=anna.id, version=1, last_name="Martin", phones=("0612345678",))
        )

        linked = [links.list_account_contacts(session, ctx, AccountRef(account_id=one.id)).items for one in accounts]
        assert (changed.display_name, changed.phones) == ("Anna Martin", ("0612345678",))
        assert [[one.contact for one in items] for items in linked] == [[changed], [changed, bob]]

    def test_says_what_is_there_when_somebody_was_quicker(self, session, ctx, person):
        anna = person("Anna", "Roy")
        people.change_contact(session, ctx, ChangeContact(contact_id=anna.id, version=1, notes="first"))

        with pytest.raises(contacts.ContactChangedMeanwhile) as caught:
            people.change_contact(session, ctx, ChangeContact(contact_id=anna.id, version=1, notes="second"))

        current = caught.value.data["current"]
        assert (current["id"], current["notes"], current["version"]) == (str(anna.id), "first", 2)

    def test_a_change_to_the_same_is_none(self, session, ctx, person):
        anna = person("Anna", "Roy", "anna@roy.example")
        before = outbox.pending(session)

        same = people.change_contact(
            session, ctx, ChangeContact(contact_id=anna.id, version=1, first_name=" Anna ", email="anna@roy.example")
        )

        assert same == anna
        assert outbox.pending(session) == before

    def test_r_em_2_an_address_that_stays_keeps_its_id(self, session, ctx, person):
        anna = person(
            "Anna",
            email="anna@roy.example",
            other_addresses=(
                NewAddress(label="Work", email="a.roy@firm.example"),
                NewAddress(label="Old", email="old@roy.example"),
            ),
        )
        ids = {one.email: one.id for one in anna.addresses}

        changed = people.change_contact(
            session,
            ctx,
            ChangeContact(
                contact_id=anna.id,
                version=1,
                email="A.Roy@FIRM.example",
                other_addresses=(
                    NewAddress(label="Home", email="anna@roy.example"),
                    NewAddress(label="New", email="new@roy.example"),
                ),
            ),
        )

        now = {one.email: (one.label, one.id) for one in changed.addresses}
        assert now["A.Roy@FIRM.example"] == ("email", ids["a.roy@firm.example"])
        assert now["anna@roy.example"] == ("Home", ids["anna@roy.example"])
        assert now["new@roy.example"][1] not in ids.values()
        assert len(now) == 3

    def test_another_address_becomes_the_built_in_one(self, session, ctx, person):
        """R-EM-1, R-EM-2"""
        work = NewAddress(label="Work", email="work@roy.example")
        anna = person("Anna", email="anna@roy.example", other_addresses=(work,))

        changed = people.change_contact(
            session, ctx, ChangeContact(contact_id=anna.id, version=1, email="work@roy.example")
        )

        assert [(one.id, one.label) for one in changed.addresses] == [(anna.addresses[1].id, "email")]

    def test_null_clears_the_built_in_address(self, session, ctx, person):
        """R-EM-1"""
        anna = person("Anna", email="anna@roy.example")

        changed = people.change_contact(session, ctx, ChangeContact(contact_id=anna.id, version=1, email=None))

        assert changed.addresses == ()

    def test_the_last_thing_known_of_somebody_stays(self, session, ctx, person):
        anna = person(email="anna@roy.example")

        with pytest.raises(Invalid):
            people.change_contact(session, ctx, ChangeContact(contact_id=anna.id, version=1, email=None))

    def test_r_c_3_does_not_lock_a_contact_whose_address_a_member_took_later(self, session, ctx, person, member):
        later = member(id=new_id(), email="anna@roy.example")
        anna = person("Anna", email="anna@roy.example")
        projections.member_changed(session, ctx, identity.MemberCreated(member=later))

        changed = people.change_contact(session, ctx, ChangeContact(contact_id=anna.id, version=1, notes="x"))

        assert changed.notes == "x"

    def test_of_another_firm_is_not_there(self, session, ctx, person, other_firm):
        anna = person("Anna")

        with pytest.raises(contacts.ContactNotFound):
            people.change_contact(session, other_firm, ChangeContact(contact_id=anna.id, version=1, notes="x"))


class TestDeleteContact:
    def test_takes_its_links_along(self, session, ctx, person, opened):
        """R-LNK-7: it was not the last"""
        anna, bob = person("Anna"), person("Bob")
        account = opened(anna, bob)

        people.delete_contact(session, ctx, ContactRef(contact_id=anna.id))

        unlinked, deleted = outbox.pending(session)[-2:]
        assert unlinked == contacts.LinksChanged(
            account_id=account.id, contact_ids=(bob.id,), version=2, change="unlinked", contact_id=anna.id
        )
        assert deleted == contacts.ContactDeleted(contact_id=anna.id, version=2)
        with pytest.raises(contacts.ContactNotFound):
            known.get_contact(session, ctx, ContactRef(contact_id=anna.id))

    def test_r_lnk_7_refuses_the_last_of_an_account_and_says_of_which(self, session, ctx, person, opened):
        anna, bob = person("Anna"), person("Bob")
        opened(anna, bob, name="Both", code="B1")
        alone = opened(anna, name="Alone", code="A1")

        with pytest.raises(contacts.LastContact) as caught:
            people.delete_contact(session, ctx, ContactRef(contact_id=anna.id))

        assert caught.value.data["accounts"] == [{"id": str(alone.id), "code": "A1", "name": "Alone"}]

    def test_r_lnk_7_refuses_without_naming_what_the_caller_does_not_see(self, session, ctx, person, opened):
        anna, bob = person("Anna"), person("Bob")
        emil = member_ctx(ctx, rights=("manage_contacts",))
        opened(anna, bob, team=[emil.actor.id])
        opened(anna, name="Hidden")

        with pytest.raises(contacts.LastContact) as caught:
            people.delete_contact(session, emil, ContactRef(contact_id=anna.id))

        assert caught.value.data["accounts"] == []

    def test_r_lnk_7_the_last_of_an_account_in_the_trash_waits_for_it(self, session, ctx, person, opened):
        """R-ARC-5: what comes back has its contact; the refusal says why no account is named."""
        anna = person("Anna")
        opened(anna, name="Gone", state="trashed")

        with pytest.raises(contacts.LastContact) as caught:
            people.delete_contact(session, ctx, ContactRef(contact_id=anna.id))

        assert caught.value.data["accounts"] == []
        assert "trash" in caught.value.detail
        assert "Gone" not in str(caught.value)

    def test_an_employee_needs_manage_contacts(self, session, ctx, person, opened):
        anna, bob = person("Anna"), person("Bob")
        emil = member_ctx(ctx, rights=("manage_accounts",))
        opened(anna, bob, team=[emil.actor.id])

        with pytest.raises(Forbidden):
            people.delete_contact(session, emil, ContactRef(contact_id=anna.id))


@pytest.fixture
def tag(session, ctx):
    made = Tag(id=new_id(), name="VIP", colour="#2f855a")
    projections.tag_changed(session, ctx, TagChanged(tag=made))
    return made


@pytest.fixture
def member(session, ctx):
    """A colleague, emil@firm.example, known to the service; called, the same one otherwise."""
    first = identity.Member(
        id=new_id(),
        email="emil@firm.example",
        name="Emil",
        role="employee",
        rights=(),
        has_default_access=False,
        is_active=True,
        version=1,
        created_at=ctx.now,
    )
    projections.member_changed(session, ctx, identity.MemberCreated(member=first))

    def changed(**changes):
        return replace(first, **changes)

    return changed
