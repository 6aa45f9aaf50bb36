"""Client lists that come in as files."""

from contracts.imports import MAX_BYTES, ImportCalls
from gateway.route import Route, Upload

IMPORTS, IMPORT = "/v1/imports", "/v1/imports/{import_id}"
KINDS = (
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/octet-stream",
)
LIST = Upload(field="upload", kinds=KINDS, max_bytes=MAX_BYTES, seconds=60.0)
READING_SECONDS = 60.0  # ten thousand rows take half of that on a slow machine

ROUTES = (
    Route("GET", IMPORTS, ImportCalls.list_imports, scope="accounts:read", may="import"),
    Route(
        "POST",
        IMPORTS,
        ImportCalls.create_import,
        scope="accounts:write",
        may="import",
        status=201,
        location="/v1/imports/{id}",
        upload=LIST,
        seconds=READING_SECONDS,
    ),
    Route("GET", IMPORT, ImportCalls.get_import, scope="accounts:read", may="import"),
    Route("GET", f"{IMPORT}/rows", ImportCalls.list_import_rows, scope="accounts:read", may="import"),
    Route(
        "GET",
        f"{IMPORT}/refused.csv",
        ImportCalls.get_import_report,
        scope="accounts:read",
        may="import",
        gives=("text/csv",),
    ),
    Route(
        "PUT",
        f"{IMPORT}/columns",
        ImportCalls.assign_columns,
        scope="accounts:write",
        may="import",
        seconds=READING_SECONDS,
    ),
    Route("POST", f"{IMPORT}/start", ImportCalls.start_import, scope="accounts:write", may="import"),
    Route("POST", f"{IMPORT}/stop", ImportCalls.stop_import, scope="accounts:write", may="import"),
)
