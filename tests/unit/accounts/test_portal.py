"""What accounts keeps of portal access, as contacts reports it."""

import pytest

from chassis import outbox
from contracts.accounts import AccountRef, ChangeAccount
from contracts.contacts import AccessChanged
from services.accounts import opening, portal, queries
from services.accounts.operations import accounts
from tests.unit.accounts import firm


def tell(session, ctx, account_id, status, version):
    switches = {"is_notified": False, "is_synced": False, "login_emails": (), "unlinked": ()}
    event = AccessChanged(account_id=account_id, version=version, portal_status=status, **switches)
    portal.access_changed(session, ctx, event)


def get(session, ctx, account):
    return queries.get_account(session, ctx, AccountRef(account_id=account.id))


class TestPortalStatus:
    def test_is_off_until_somebody_may_sign_in(self, session, ctx, account):
        """R-STAT-1."""
        assert get(session, ctx, account).portal_status == "off"

    def test_is_what_contacts_told_last(self, session, ctx, account):
        """R-STAT-1, R-STAT-2: of two reports of one version the later counts, for switches do not change links."""
        seen = []
        for status, version in (("pending", 1), ("active", 1), ("off", 3), ("active", 2)):
            tell(session, ctx, account.id, status, version)
            seen.append(get(session, ctx, account).portal_status)

        assert seen == ["pending", "active", "off", "off"]

    def test_takes_no_edit_away_from_anybody_and_tells_nothing(self, session, ctx, account):
        told = len(outbox.pending(session))

        tell(session, ctx, account.id, "active", 1)
        request = ChangeAccount(account_id=account.id, version=account.version, name="Byron")
        renamed = accounts.change_account(session, ctx, request)

        assert (renamed.version, renamed.portal_status) == (account.version + 1, "active")
        assert len(outbox.pending(session)) == told + 1

    def test_is_kept_for_an_account_that_is_being_created(self, session, ctx):
        person = firm.contact()
        asked = opening.begin(session, ctx, firm.create())

        tell(session, ctx, asked.account.id, "pending", 1)

        opened = opening.finish(session, ctx, asked.account.id, firm.linked(asked, person))
        assert opened.portal_status == "pending"

    def test_of_one_account_is_not_anothers(self, session, ctx, account):
        tell(session, ctx, firm.opened(session, ctx).id, "active", 1)

        assert get(session, ctx, account) == account


@pytest.fixture
def account(session, ctx):
    return firm.opened(session, ctx)
