"""The calls of identity."""

from dataclasses import replace

from eventlet import tpool

from chassis.context import Context
from chassis.service import Service, client, every, on, read, serve, write
from contracts import identity, portal, portal_links
from contracts.accounts import AccountDeleted
from contracts.common import Done
from contracts.contacts import Contacts
from contracts.entries import Entries, InvitationAccepted
from contracts.identity import Identities
from contracts.switches import AccessEnded, InvitationRequested
from services.identity import enrolling, entering, resetting, signing_in
from services.identity.operations import attempts, credentials, invitations, members, states
from services.identity.operations import portal as users
from services.identity.queries import credentials as known
from services.identity.queries import exporting, firms, logins, team, visits
from services.identity.queries import portal as sessions

compute = tpool.execute  # in a real thread: argon2 holds a core for tens of milliseconds, and the hub must not wait
PURGE_SECONDS = 900


class IdentityService(Service):
    name = Identities.NAME
    contacts = client(Entries)
    linked = client(Contacts)

    end_session = write(credentials.end_session)
    revoke_token = write(credentials.revoke_token)
    change_member = write(members.change_member)
    deactivate_member = write(states.deactivate_member)
    restore_member = write(states.restore_member)
    transfer_ownership = write(states.transfer_ownership)

    list_sessions = read(known.list_sessions)
    list_tokens = read(known.list_tokens)
    list_sign_ins = read(known.list_sign_ins)
    list_members = read(team.list_members)
    get_member = read(team.get_member)
    list_audit = read(team.list_audit)

    end_portal_session = write(users.end_portal_session)
    end_portal_sessions = write(users.end_portal_sessions)
    list_portal_sessions = read(sessions.list_portal_sessions)
    list_client_sign_ins = read(visits.list_client_sign_ins)
    get_sections = read(logins.get_sections)
    list_section = read(logins.list_section)
    export = read(exporting.export)

    @serve
    def create_firm(self, ctx: Context, request: identity.CreateFirm) -> identity.SignedIn:
        return enrolling.create_firm(self.db, ctx, request, compute)

    @serve
    def list_firms(self, ctx: Context, request: Done) -> identity.Firms:  # noqa: ARG002 (the contract's)
        return firms.list_firms(self.db, ctx)

    @serve
    def sign_in(self, ctx: Context, request: identity.SignIn) -> identity.SignedIn:
        return signing_in.sign_in(self.db, ctx, request, compute)

    @serve
    def resolve(self, ctx: Context, request: identity.Credential) -> identity.Identity:
        return signing_in.resolve(self.db, ctx, request)

    @serve
    def sign_out(self, ctx: Context, request: identity.Credential) -> Done:
        return signing_in.sign_out(self.db, ctx, request)

    @serve
    def change_password(self, ctx: Context, request: identity.ChangePassword) -> Done:
        return signing_in.change_password(self.db, ctx, request, compute)

    @serve
    def create_member(self, ctx: Context, request: identity.CreateMember) -> identity.CreatedMember:
        return enrolling.create_member(self.db, ctx, request, compute)

    @serve
    def reset_password(self, ctx: Context, request: identity.MemberRef) -> identity.CreatedMember:
        return enrolling.reset_password(self.db, ctx, request, compute)

    @serve
    def create_token(self, ctx: Context, request: identity.CreateToken) -> identity.Token:
        return enrolling.create_token(self.db, ctx, request)

    @serve
    def sign_in_to_portal(self, ctx: Context, request: portal.SignInToPortal) -> portal.SignedInToPortal:
        return entering.sign_in(self.db, self.contacts, ctx, request, compute)

    @serve
    def accept_invitation(self, ctx: Context, request: portal.AcceptPortalInvitation) -> portal.SignedInToPortal:
        return entering.accept(self.db, self.contacts, ctx, request, compute)

    @serve
    def get_portal_invitation(self, ctx: Context, request: portal_links.PortalLink) -> portal_links.PortalInvitation:
        return entering.look(self.db, self.contacts, ctx, request)

    @serve
    def get_portal_reset(self, ctx: Context, request: portal_links.PortalLink) -> portal_links.PortalReset:
        return resetting.look(self.db, ctx, request)

    @serve
    def resolve_portal(self, ctx: Context, request: identity.Credential) -> portal.PortalIdentity:
        return entering.resolve(self.db, ctx, request)

    @serve
    def sign_out_of_portal(self, ctx: Context, request: identity.Credential) -> Done:
        return entering.sign_out(self.db, ctx, request)

    @serve
    def get_portal_home(self, ctx: Context, request: Done) -> portal.PortalHome:  # noqa: ARG002 (the contract's)
        return entering.home(self.db, self.contacts, ctx)

    @serve
    def enter_account(self, ctx: Context, request: portal.EnterAccount) -> portal.Entered:
        return entering.enter(self.db, self.contacts, ctx, request)

    @serve
    def change_portal_password(self, ctx: Context, request: portal.ChangePortalPassword) -> Done:
        return resetting.change_password(self.db, ctx, request, compute)

    @serve
    def request_portal_reset(self, ctx: Context, request: portal.RequestPortalReset) -> Done:
        return resetting.ask(self.db, ctx, request)

    @serve
    def send_portal_reset(self, ctx: Context, request: portal.SendPortalReset) -> Done:
        return resetting.send(self.db, resetting.Neighbours(self.linked, self.contacts), ctx, request)

    @serve
    def make_reset_link(self, ctx: Context, request: portal.PortalResetRef) -> portal.ResetLink:
        return resetting.make_link(self.db, ctx, request)

    @serve
    def reset_portal_password(self, ctx: Context, request: portal.ResetPortalPassword) -> Done:
        return resetting.reset(self.db, ctx, request, compute)

    @every(PURGE_SECONDS)
    def purge_attempts(self) -> None:
        ctx = replace(Context(), firm_id=attempts.NO_FIRM)
        with self.db.transaction(ctx) as session:
            attempts.purge(session, ctx)
            resetting.purge(session, ctx)

    on_invitation_requested = on(InvitationRequested, invitations.requested)
    on_invitation_accepted = on(InvitationAccepted, invitations.accepted)
    on_access_ended = on(AccessEnded, invitations.ended)
    on_account_deleted = on(AccountDeleted, users.forget_account)
