"""What clients' people call: coming in, who they are, their sessions, switching between accounts, the photo."""

from contracts.accounts import Accounts
from contracts.portal import Portal
from contracts.portal_links import PortalLinks
from gateway.from_request import address, agent, former, portal_token, session_id, user_id
from gateway.route import Route
from gateway.routes.accounts import PICTURE

AUTH, ME, ACCOUNT = "/v1/portal/auth", "/v1/portal/me", "/v1/portal/accounts/{account_id}"
CAME = {"address": address, "agent": agent}

ROUTES = (
    Route(
        "GET",
        "/v1/portal/invitations/{token}",
        PortalLinks.get_portal_invitation,
        is_public=True,
        summary="What stands behind the link of an invitation",
    ),
    Route(
        "GET",
        f"{AUTH}/reset/{{token}}",
        PortalLinks.get_portal_reset,
        is_public=True,
        summary="What stands behind a link to a new password",
    ),
    Route(
        "POST",
        "/v1/portal/invitations/accept",
        Portal.accept_invitation,
        is_public=True,
        asked={**CAME, "former": former},
        cookie="set",
    ),
    Route(
        "POST",
        f"{AUTH}/login",
        Portal.sign_in_to_portal,
        is_public=True,
        asked={**CAME, "former": former},
        cookie="set",
    ),
    Route(
        "POST",
        f"{AUTH}/logout",
        Portal.sign_out_of_portal,
        status=204,
        asked={"token": portal_token},
        cookie="clear",
    ),
    Route(
        "POST",
        f"{AUTH}/reset",
        Portal.request_portal_reset,
        is_public=True,
        status=204,
        asked={"address": address},
    ),
    Route(
        "POST",
        f"{AUTH}/reset/confirm",
        Portal.reset_portal_password,
        is_public=True,
        status=204,
        asked={"address": address},
    ),
    Route(
        "POST",
        "/v1/accounts/{account_id}/contacts/{contact_id}/addresses/{address_id}/password-reset",
        Portal.send_portal_reset,
        scope="contacts:write",
        action="edit_switches",
        status=204,
    ),
    Route("GET", ME, Portal.get_portal_home, summary="Who am I, and which accounts may I enter"),
    Route(
        "PUT",
        f"{ME}/password",
        Portal.change_portal_password,
        status=204,
        asked={"session_id": session_id},
    ),
    Route("GET", f"{ME}/sessions", Portal.list_portal_sessions),
    Route("DELETE", f"{ME}/sessions", Portal.end_portal_sessions, status=204, cookie="clear"),
    Route("DELETE", f"{ME}/sessions/{{session_id}}", Portal.end_portal_session, status=204),
    Route(
        "POST",
        f"{ACCOUNT}/enter",
        Portal.enter_account,
        action="use_portal",
        asked={**CAME, "user_id": user_id},
    ),
    Route(
        "GET",
        f"{ACCOUNT}/photo",
        Accounts.get_photo,
        action="use_portal",
        gives=("image/webp", "image/svg+xml"),
    ),
    Route(
        "PUT",
        f"{ACCOUNT}/photo",
        Accounts.set_photo,
        action="change_photo",
        upload=PICTURE,
        seconds=12.0,  # as for members
    ),
    Route("DELETE", f"{ACCOUNT}/photo", Accounts.delete_photo, action="change_photo", status=204),
    Route(
        "GET",
        "/v1/client-sign-ins",
        Portal.list_client_sign_ins,
        scope="members:read",
        may="see_client_sign_ins",
    ),
)
INTERNAL = (
    Portal.resolve_portal,  # of every request with a portal session
    Portal.make_reset_link,  # of whoever mails it
    *(Portal.get_sections, Portal.list_section),  # of the overview
    Portal.export,  # of rebuilding the directory
)
