"""R-CN-1, R-CN-2: the firm's format of names."""

import pytest

from chassis import outbox
from chassis.errors import Forbidden
from chassis.testing import member_ctx
from contracts import contacts
from contracts.common import Done
from contracts.contacts import ChangeContact, ContactRef, ListContacts, NameFormatSetting
from services.contacts.operations import naming, people
from services.contacts.queries import people as known
from services.contacts.queries.settings import get_name_format


def choose(session, ctx, form, *, to_all=False):
    return naming.set_name_format(session, ctx, NameFormatSetting(format=form, apply_to_all=to_all))


def test_r_cn_1_first_last_unless_the_firm_chose(session, ctx, other_firm):
    assert get_name_format(session, ctx, Done()).format == "first_last"

    choose(session, ctx, "last_first")

    assert get_name_format(session, ctx, Done()).format == "last_first"
    assert get_name_format(session, other_firm, Done()).format == "first_last"


def test_r_cn_1_applies_to_new_contacts_and_to_names_that_change(session, ctx, person):
    anna = person("Anna", "Roy")
    applied = choose(session, ctx, "last_comma_first")

    assert applied == contacts.NameFormatApplied(format="last_comma_first", renamed=0)
    assert person("Bob", "Roy").display_name == "Roy, Bob"
    noted = people.change_contact(session, ctx, ChangeContact(contact_id=anna.id, version=1, notes="x"))
    assert noted.display_name == "Anna Roy"
    named = people.change_contact(session, ctx, ChangeContact(contact_id=anna.id, version=2, first_name="Anne"))
    assert named.display_name == "Roy, Anne"


def test_r_cn_2_apply_to_all_leaves_who_lacks_a_part_or_was_named_by_hand(session, ctx, person):
    full, half = person("Anna", "Roy", middle_name="B."), person("Bob", "Roy")
    typed = person("Cara", "Roy", middle_name="D.", display_name="Mme C.")
    addressed = person(email="d@roy.example")

    applied = choose(session, ctx, "first_middle_last", to_all=True)

    called = {
        one.id: known.get_contact(session, ctx, ContactRef(contact_id=one.id)).display_name
        for one in (full, half, typed, addressed)
    }
    assert called == {
        full.id: "Anna B. Roy",
        half.id: "Bob Roy",
        typed.id: "Mme C.",
        addressed.id: "d@roy.example",
    }
    assert applied.renamed == 1
    renamed, chosen = outbox.pending(session)[-2:]
    assert (renamed.contact.id, renamed.contact.version) == (full.id, 2)
    assert chosen == contacts.NameFormatChanged(before="first_last", format="first_middle_last", renamed=1)


def test_apply_to_all_reaches_everybody_in_every_batch(session, ctx, person, monkeypatch):
    monkeypatch.setattr(naming, "BATCH", 2)
    for number in range(5):
        person(f"N{number}", "Roy")

    applied = choose(session, ctx, "last_first", to_all=True)

    assert applied.renamed == 5
    listed = known.list_contacts(session, ctx, ListContacts(q="roy n")).items
    assert [one.display_name for one in listed] == [f"Roy N{number}" for number in range(5)]


def test_only_owner_and_admins_choose(session, ctx):
    with pytest.raises(Forbidden):
        choose(session, member_ctx(ctx, rights=("manage_contacts", "manage_accounts")), "last_first")

    assert choose(session, member_ctx(ctx, role="admin"), "last_first").format == "last_first"
