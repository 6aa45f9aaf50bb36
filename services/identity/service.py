"""The calls of identity."""

from dataclasses import replace

from eventlet import tpool

from chassis.context import Context
from chassis.service import Service, every, read, serve, write
from contracts import identity
from contracts.common import Done
from contracts.identity import Identities
from services.identity import enrolling, signing_in
from services.identity.operations import attempts, credentials, members, states
from services.identity.queries import credentials as known
from services.identity.queries import firms, team

compute = tpool.execute  # in a real thread: argon2 holds a core for tens of milliseconds, and the hub must not wait
PURGE_SECONDS = 900


class IdentityService(Service):
    name = Identities.NAME

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

    @every(PURGE_SECONDS)
    def purge_attempts(self) -> None:
        ctx = replace(Context(), firm_id=attempts.NO_FIRM)
        with self.db.transaction(ctx) as session:
            attempts.purge(session, ctx)
