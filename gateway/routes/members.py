"""The firm's team: who is in it and what they may do."""

from contracts.identity import Identities
from gateway.route import Route

MEMBER = "/v1/members/{member_id}"

ROUTES = (
    Route("GET", "/v1/members", Identities.list_members, scope="members:read"),
    Route(
        "POST",
        "/v1/members",
        Identities.create_member,
        scope="members:write",
        status=201,
        location="/v1/members/{member[id]}",
    ),
    Route("GET", MEMBER, Identities.get_member, scope="members:read"),
    Route("PATCH", MEMBER, Identities.change_member, scope="members:write"),
    Route("POST", f"{MEMBER}/deactivate", Identities.deactivate_member, scope="members:write"),
    Route("POST", f"{MEMBER}/restore", Identities.restore_member, scope="members:write"),
    Route("POST", f"{MEMBER}/password", Identities.reset_password, scope="members:write"),
    Route("POST", f"{MEMBER}/ownership", Identities.transfer_ownership),
    Route("GET", "/v1/audit", Identities.list_audit, scope="members:read"),
)
