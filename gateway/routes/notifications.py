"""Who is told what: the types that each address wants, the record of mails, addresses that get none, how mails look."""

from contracts.notifications import Notifications
from contracts.preferences import PreferenceCalls
from contracts.suppressions import SuppressionCalls
from gateway.route import Route

ACCOUNT = "/v1/accounts/{account_id}"
ADDRESS = f"{ACCOUNT}/contacts/{{contact_id}}/addresses/{{address_id}}/notifications"
OWN = "/v1/portal/accounts/{account_id}/notifications"
LINK, SETTINGS = "/v1/unsubscriptions/{token}", "/v1/notification-settings"

ROUTES = (
    Route("GET", ADDRESS, PreferenceCalls.get_preferences, scope="contacts:read", action="view"),
    Route("PUT", ADDRESS, PreferenceCalls.set_preferences, scope="contacts:write", action="edit_switches"),
    Route("GET", f"{ACCOUNT}/mails", Notifications.list_mails, scope="contacts:read", action="view"),
    Route(
        "POST",
        f"{ACCOUNT}/mails/{{mail_id}}/again",
        Notifications.send_mail_again,
        scope="contacts:write",
        action="edit_switches",
    ),
    Route("GET", OWN, PreferenceCalls.get_own_preferences, action="use_portal"),
    Route("PUT", OWN, PreferenceCalls.set_own_preferences, action="use_portal"),
    Route("GET", LINK, PreferenceCalls.get_unsubscription, is_public=True),
    Route("POST", LINK, PreferenceCalls.unsubscribe, is_public=True),
    Route("DELETE", LINK, PreferenceCalls.resubscribe, is_public=True),
    Route(
        "GET",
        "/v1/suppressions",
        SuppressionCalls.list_suppressions,
        scope="settings:read",
        may="set_notifications",
    ),
    Route(
        "POST",
        "/v1/suppressions",
        SuppressionCalls.suppress_address,
        scope="settings:write",
        may="set_notifications",
        status=201,
    ),
    Route(
        "DELETE",
        "/v1/suppressions/{email}",
        SuppressionCalls.release_address,
        scope="settings:write",
        may="set_notifications",
        status=204,
    ),
    Route("GET", SETTINGS, Notifications.get_notification_settings, scope="settings:read"),
    Route(
        "PATCH",
        SETTINGS,
        Notifications.change_notification_settings,
        scope="settings:write",
        may="set_notifications",
    ),
)
