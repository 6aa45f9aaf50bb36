"""The order in which an account's contacts sign: R-SP-1 to R-SP-3."""

import pytest

from chassis.errors import Forbidden, Invalid
from chassis.testing import member_ctx
from contracts.contacts import LinkRef
from contracts.switches import LinksChangedMeanwhile, SetSigners
from services.contacts.operations import links, signers


@pytest.fixture
def people(person):
    return [person(name, "Roy", f"{name.lower()}@roy.example") for name in ("Anna", "Bob", "Cara", "Dan")]


@pytest.fixture
def account(people, opened, switch):
    """All but Dan have LOGIN."""
    made = opened(*people)
    for contact in people[:3]:
        switch(made, contact, is_login_on=True)
    return made


@pytest.fixture
def put(session, ctx, look):
    def order(account, *contacts, by=None, version=None):
        request = SetSigners(
            account_id=account.id,
            version=version or look(account).version,
            contact_ids=tuple(contact.id for contact in contacts),
        )
        return signers.set_signers(session, by or ctx, request)

    return order


def ranks(linked):
    return {one.contact.first_name: one.signer_rank for one in linked.items}


def test_r_sp_1_by_name_unless_somebody_chose(account, look):
    assert ranks(look(account)) == {"Anna": 1, "Bob": 2, "Cara": 3, "Dan": None}


def test_r_sp_1_as_somebody_chose_the_others_after_them_by_name(account, people, put):
    assert ranks(put(account, people[2])) == {"Cara": 1, "Anna": 2, "Bob": 3, "Dan": None}


def test_r_sp_1_nobody_named_it_is_by_name_again(account, people, put):
    put(account, people[2], people[1], people[0])

    assert ranks(put(account)) == {"Anna": 1, "Bob": 2, "Cara": 3, "Dan": None}


def test_r_sp_2_only_contacts_with_login_each_once(account, people, person, put):
    with pytest.raises(Invalid) as caught:
        put(account, people[0], people[3], people[0], person("Eve"))

    fields = [error["field"] for error in caught.value.data["errors"]]
    assert fields == ["contact_ids.1", "contact_ids.2", "contact_ids.3"]


def test_r_sp_3_who_loses_login_leaves_and_returns_at_the_end(account, people, put, switch):
    put(account, people[2], people[0], people[1])

    assert ranks(switch(account, people[2], is_login_on=False)) == {"Anna": 1, "Bob": 2, "Cara": None, "Dan": None}
    assert ranks(switch(account, people[2], is_login_on=True)) == {"Anna": 1, "Bob": 2, "Cara": 3, "Dan": None}


def test_r_lnk_3_who_is_unlinked_leaves(session, ctx, account, people, put):
    put(account, people[1], people[0])

    left = links.unlink_contact(session, ctx, LinkRef(account_id=account.id, contact_id=people[1].id))

    assert ranks(left) == {"Anna": 1, "Cara": 2, "Dan": None}


def test_the_same_order_again_changes_nothing(account, people, put):
    before = put(account, people[1], people[0])

    assert put(account, people[1], people[0]) == before


def test_a_loser_is_told_what_is_there(account, people, put, look):
    seen = look(account).version
    put(account, people[2], version=seen)

    with pytest.raises(LinksChangedMeanwhile) as caught:
        put(account, people[1], version=seen)

    assert caught.value.data["current"]["items"][2]["signer_rank"] == 1


def test_needs_manage_accounts(ctx, people, opened, put):
    helper = member_ctx(ctx, rights=("manage_contacts",))
    his = opened(people[0], team=[helper.actor.id])

    with pytest.raises(Forbidden):
        put(his, by=helper)
