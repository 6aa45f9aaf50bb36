"""Tags of the firm and of accounts."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from contracts.account_settings import ChangeTag, CreateTag, TagRef
from contracts.accounts import (
    AccountChanged,
    AccountChangedMeanwhile,
    AccountRef,
    SetTags,
    TagChanged,
    TagExists,
    TagNotFound,
)
from contracts.common import Done
from services.accounts import queries
from services.accounts.operations import tags
from services.accounts.tags import PALETTE
from tests.unit.accounts import firm


def names_of(account):
    return [tag.name for tag in account.tags]


def set_tags(session, ctx, account, *wanted):
    return tags.set_tags(session, ctx, SetTags(account_id=account.id, version=account.version, tags=wanted))


class TestCreateTag:
    def test_has_a_colour_of_the_palette_or_the_one_given(self, session, ctx):
        """R-TAG-1."""
        plain = tags.create_tag(session, ctx, CreateTag(name="  Late   filer "))
        red = tags.create_tag(session, ctx, CreateTag(name="Red", colour="#FF0000"))

        assert (plain.name, plain.colour in PALETTE) == ("Late filer", True)
        assert red.colour == "#ff0000"
        assert outbox.pending(session) == [TagChanged(tag=plain), TagChanged(tag=red)]

    @pytest.mark.parametrize("twin", ["VIP", "vip", " v\u0131p ".replace("\u0131", "I")])
    def test_is_unique_without_regard_to_case(self, session, ctx, twin):
        """R-TAG-5."""
        tags.create_tag(session, ctx, CreateTag(name="Vip"))

        with pytest.raises(TagExists):
            tags.create_tag(session, ctx, CreateTag(name=twin))

    def test_another_firm_may_use_the_name(self, sessions, ctx):
        """R-TAG-5: unique in the firm."""
        other = replace(ctx, firm_id=new_id())
        for each in (ctx, other):
            with sessions(each) as session:
                tags.create_tag(session, each, CreateTag(name="VIP"))

        with sessions(other) as session:
            assert len(queries.list_tags(session, other, Done()).items) == 1

    @pytest.mark.parametrize("name", ["   ", "x" * 61])
    def test_refuses_no_name_and_a_long_one(self, session, ctx, name):
        with pytest.raises(Invalid):
            tags.create_tag(session, ctx, CreateTag(name=name))

    def test_needs_the_right(self, session, ctx):
        """§2.2: Manage tags."""
        weak, strong = firm.member(rights=("manage_accounts",)), firm.member(rights=("manage_tags",))
        weak_ctx, strong_ctx = firm.join(session, ctx, weak, strong)
        tag = tags.create_tag(session, strong_ctx, CreateTag(name="VIP"))

        with pytest.raises(Forbidden):
            tags.create_tag(session, weak_ctx, CreateTag(name="New"))
        with pytest.raises(Forbidden):
            tags.change_tag(session, weak_ctx, ChangeTag(tag_id=tag.id, name="New"))
        with pytest.raises(Forbidden):
            tags.delete_tag(session, weak_ctx, TagRef(tag_id=tag.id))

    def test_many_at_once_make_one(self, sessions, ctx):
        """R-TAG-5."""

        def make(_):
            try:
                with sessions() as session:
                    return tags.create_tag(session, ctx, CreateTag(name="VIP")).id
            except TagExists:
                return None

        with ThreadPoolExecutor(8) as pool:
            made = [tag_id for tag_id in pool.map(make, range(8)) if tag_id]

        assert len(made) == 1


class TestChangeTag:
    def test_a_new_name_and_colour_show_on_every_account(self, session, ctx):
        """R-TAG-1."""
        account = firm.opened(session, ctx, tags=("VIP",))
        tag_id = account.tags[0].id

        changed = tags.change_tag(session, ctx, ChangeTag(tag_id=tag_id, name="Gold", colour="#D69E2E"))

        assert (changed.name, changed.colour) == ("Gold", "#d69e2e")
        assert queries.get_account(session, ctx, AccountRef(account_id=account.id)).tags == (changed,)
        assert outbox.pending(session)[-1] == TagChanged(tag=changed, version=2)

    def test_may_change_its_own_case_but_not_take_another_name(self, session, ctx):
        """R-TAG-5."""
        tag = tags.create_tag(session, ctx, CreateTag(name="vip"))
        tags.create_tag(session, ctx, CreateTag(name="Gold"))

        assert tags.change_tag(session, ctx, ChangeTag(tag_id=tag.id, name="VIP")).name == "VIP"
        with pytest.raises(TagExists):
            tags.change_tag(session, ctx, ChangeTag(tag_id=tag.id, name="GOLD"))

    def test_an_unknown_tag_is_not_found(self, session, ctx):
        with pytest.raises(TagNotFound):
            tags.change_tag(session, ctx, ChangeTag(tag_id=new_id(), name="x"))


class TestDeleteTag:
    def test_is_gone_from_every_account(self, session, ctx):
        """R-TAG-5."""
        one, two = (firm.opened(session, ctx, tags=("VIP", "New")) for _ in range(2))
        tag = one.tags[0]

        tags.delete_tag(session, ctx, TagRef(tag_id=tag.id))

        now = [queries.get_account(session, ctx, AccountRef(account_id=each.id)) for each in (one, two)]
        assert [(names_of(each), each.version) for each in now] == [(["New"], 2), (["New"], 2)]
        told = outbox.pending(session)[-3:]
        assert told[0] == TagChanged(tag=tag, is_deleted=True, version=2)
        assert sorted(event.account.id for event in told[1:]) == sorted([one.id, two.id])


class TestSetTags:
    def test_keeps_the_order_given_and_makes_what_is_missing(self, session, ctx):
        """R-TAG-1, R-TAG-2."""
        tags.create_tag(session, ctx, CreateTag(name="VIP"))
        account = firm.opened(session, ctx)

        changed = set_tags(session, ctx, account, "New", "vip", "NEW")

        assert names_of(changed) == ["New", "VIP"]
        assert outbox.pending(session)[-1] == AccountChanged(account=changed)
        assert names_of(set_tags(session, ctx, changed, "vip", "new")) == ["VIP", "New"]

    @pytest.mark.parametrize("right", ["manage_tags", "manage_accounts"])
    def test_either_right_applies_tags_but_only_one_makes_them(self, session, ctx, right):
        """§2.3 can_apply_tags, R-TAG-1."""
        person = firm.member(rights=(right,))
        (theirs,) = firm.join(session, ctx, person)
        tags.create_tag(session, ctx, CreateTag(name="VIP"))
        account = firm.opened(session, ctx, team=(person.id,))

        tagged = set_tags(session, theirs, account, "VIP")
        assert names_of(tagged) == ["VIP"]
        if right == "manage_tags":
            assert names_of(set_tags(session, theirs, tagged, "Own")) == ["Own"]
        else:
            with pytest.raises(TagNotFound):
                set_tags(session, theirs, tagged, "Own")

    def test_others_may_not(self, session, ctx):
        person = firm.member(rights=("manage_contacts", "assign_team_members"))
        (theirs,) = firm.join(session, ctx, person)
        account = firm.opened(session, ctx, team=(person.id,))

        with pytest.raises(Forbidden):
            set_tags(session, theirs, account, "VIP")

    def test_refuses_an_older_version_and_makes_no_tag_by_it(self, sessions, ctx):
        with sessions() as session:
            account = firm.opened(session, ctx)
            set_tags(session, ctx, account, "First")

        with pytest.raises(AccountChangedMeanwhile), sessions() as session:
            set_tags(session, ctx, account, "Second")

        with sessions() as session:
            assert [tag.name for tag in queries.list_tags(session, ctx, Done()).items] == ["First"]

    def test_all_can_be_taken_off(self, session, ctx):
        """R-TAG-2."""
        assert set_tags(session, ctx, firm.opened(session, ctx, tags=("VIP",))).tags == ()


class TestListTags:
    def test_counts_only_accounts_in_sight(self, session, ctx):
        """R-TAG-5, R-ACC-5."""
        person = firm.member()
        (theirs,) = firm.join(session, ctx, person)
        firm.opened(session, ctx, tags=("VIP",), team=(person.id,))
        firm.opened(session, ctx, tags=("vip", "Zeta"))
        firm.opening.begin(session, replace(ctx, key="half"), firm.create(tags=("VIP",)))

        def counts(who):
            return {tag.name: tag.accounts for tag in queries.list_tags(session, who, Done()).items}

        assert counts(ctx) == {"VIP": 2, "Zeta": 1}
        assert counts(theirs) == {"VIP": 1, "Zeta": 0}

    def test_a_portal_user_sees_none(self, session, ctx):
        with pytest.raises(Forbidden):
            queries.list_tags(session, replace(ctx, actor=replace(ctx.actor, kind="portal")), Done())


class TestTagsAgainstAccounts:
    def test_tagging_and_deleting_at_once_never_wait_in_a_circle(self, sessions, ctx):
        with sessions() as session:
            made = [firm.opened(session, ctx, tags=("a", "b", "c")) for _ in range(6)]
        by_name = {tag.name: tag.id for tag in made[0].tags}

        def work(number):
            try:
                with sessions() as session:
                    if number % 2:
                        tags.delete_tag(session, ctx, TagRef(tag_id=by_name["abc"[number // 2 % 3]]))
                    else:
                        current = queries.get_account(session, ctx, AccountRef(account_id=made[number // 2].id))
                        set_tags(session, ctx, current, "c", "d", "a")
            except (TagNotFound, AccountChangedMeanwhile):
                return

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(work, range(12)))

        with sessions() as session:
            kept = {tag.name for tag in queries.list_tags(session, ctx, Done()).items}
            carried = {
                name
                for each in made
                for name in names_of(queries.get_account(session, ctx, AccountRef(account_id=each.id)))
            }
        assert carried <= kept
