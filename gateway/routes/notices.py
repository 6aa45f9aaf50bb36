"""What a member is told of, and which of it they want; a member's own, so an API token reads none of it."""

from contracts.notices import StaffNotices
from gateway.route import Route

NOTICES = "/v1/notices"

ROUTES = (
    Route("GET", NOTICES, StaffNotices.list_notices),
    Route("GET", f"{NOTICES}/unread", StaffNotices.get_unread_notices),
    Route("POST", f"{NOTICES}/read", StaffNotices.read_notices),
    Route("GET", f"{NOTICES}/preferences", StaffNotices.get_notice_choices),
    Route("PUT", f"{NOTICES}/preferences", StaffNotices.choose_notices),
    Route("POST", f"{NOTICES}/{{notice_id}}/read", StaffNotices.read_notice),
)
