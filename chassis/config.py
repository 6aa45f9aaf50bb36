"""Settings from the environment: typed, and each missing or wrong one is named with what to do about it."""

import base64
import binascii
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson

KEY_BYTES = 32


class SettingsError(Exception):
    """One line per setting that is missing or wrong."""


def _uri(*schemes: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in schemes or not parts.hostname:
            message = f"must look like {schemes[0]}://user:password@host:port/name"
            raise ValueError(message)
        _ = parts.port  # raises ValueError for a port that is none
        return text

    return parse


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            message = f"must be a whole number from {low} to {high}"
            raise ValueError(message)
        return int(text)

    return parse


def _address(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if not local or not at or "." not in domain or any(one.isspace() or one in "<>,;" for one in text):
        message = "must be an address such as dossier@example.com"
        raise ValueError(message)
    return text


def _web(text: str) -> str:
    parts = urlsplit(text)
    is_near = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and is_near)):
        message = "must be an address that begins with https://, or with http:// on this machine"
        raise ValueError(message)
    return text.rstrip("/")


def _collector(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        message = "must look like http://collector:4318"
        raise ValueError(message)
    return text.rstrip("/")


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        message = "must be a share from 0 to 1, e.g. 0.1 for one in ten"
        raise ValueError(message)
    return value


def _seconds(text: str) -> tuple[float, ...]:
    values = tuple(float(part) for part in text.split(","))
    if not values or min(values) <= 0:
        message = "must be positive numbers of seconds with commas between, e.g. 1,5,30,300"
        raise ValueError(message)
    return values


def _word(text: str) -> str:
    if not text.isidentifier() or text != text.lower() or len(text) > 30:  # noqa: PLR2004 (leaves room for suffixes)
        message = "must be at most 30 small letters, digits and underscores"
        raise ValueError(message)
    return text


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        found = next((word for word in words if word.lower() == text.lower()), None)
        if found is None:
            message = f"must be one of {', '.join(words)}"
            raise ValueError(message)
        return found

    return parse


def _json_list(text: str) -> tuple[dict[str, Any], ...]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as exc:
        message = f"must be a JSON list of objects ({exc})"
        raise ValueError(message) from exc
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        message = "must be a JSON list of objects"
        raise ValueError(message)
    return tuple(value)


def _place(text: str) -> str:
    parts = urlsplit(text)
    is_folder = parts.scheme == "file" and not parts.netloc and parts.path.startswith("/")
    is_bucket = parts.scheme == "s3" and bool(parts.hostname)
    if not (is_folder or is_bucket) or parts.query or parts.fragment:
        message = "must look like file:///folder or s3://bucket/prefix"
        raise ValueError(message)
    return text


def _keys(text: str) -> tuple[str, ...]:
    keys = tuple(part.strip() for part in text.split(","))
    try:
        sizes = {len(base64.b64decode(key, altchars=b"-_", validate=True)) for key in keys}
    except (binascii.Error, ValueError):
        sizes = set()
    if sizes != {KEY_BYTES}:
        message = f"must be {KEY_BYTES} random bytes in URL-safe base64; several with commas between, the newest first"
        raise ValueError(message)
    return keys


def _setting(variable: str, parse: Callable[[str], Any], default: Any, why: str, *, is_secret: bool = False) -> Any:
    """`why` completes “set it to …” and is what docs/settings.md says."""
    told = {"variable": variable, "parse": parse, "why": why, "is_secret": is_secret}
    return field(default=default, metadata=told, repr=not is_secret)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a process is told from outside; an empty `amqp_uri`, `database_url` or `blobs` means that it was not."""

    amqp_uri: str = _setting("AMQP_URI", _uri("amqp", "amqps"), "", "the RabbitMQ server")
    database_url: str = _setting("DATABASE_URL", _uri("postgresql"), "", "the PostgreSQL server")
    # A pooler in transaction mode hands on no notifications; without this the events of a change wait up to a second.
    listen_url: str = _setting(
        "DOSSIER_LISTEN_URL", _uri("postgresql"), "", "the PostgreSQL server itself, where DATABASE_URL names a pooler"
    )
    blobs: str = _setting("DOSSIER_BLOBS", _place, "", "where files are kept: file:///folder or s3://bucket/prefix")
    # Seals what must be kept readable, such as passwords of mailboxes. The first key seals, each opens.
    secret_keys: tuple[str, ...] = _setting(
        "DOSSIER_SECRET_KEY", _keys, (), "32 random bytes in URL-safe base64, and keep them", is_secret=True
    )
    mail_seconds: float = _setting(
        "DOSSIER_MAIL_SECONDS", lambda text: _seconds(text)[0], 60.0, "how often members' mailboxes are read"
    )
    mail_retry_seconds: tuple[float, ...] = _setting(
        "DOSSIER_MAIL_RETRY_SECONDS",
        _seconds,
        (60.0, 300.0, 900.0, 3600.0, 14400.0, 43200.0, 86400.0),
        "the waits between tries of a mail that its server put off",
    )
    # Mail of the firm's system, as opposed to that of a member's mailbox; without a server it waits.
    smtp_url: str = _setting("DOSSIER_SMTP_URL", _uri("smtp", "smtps"), "", "the server that takes the system's mail")
    mail_from: str = _setting("DOSSIER_MAIL_FROM", _address, "", "the address that the system's mail comes from")
    # Where what comes back to that address, and to it with +something before the @, arrives.
    bounces_url: str = _setting(
        "DOSSIER_BOUNCES_URL", _uri("imap", "imaps"), "", "the mailbox to which mail comes back"
    )
    public_url: str = _setting(
        "DOSSIER_PUBLIC_URL", _uri("https", "http"), "http://127.0.0.1:8000", "where people reach the gateway"
    )
    # A simulator stands in for both in tests; Intuit has a sandbox of its own.
    quickbooks_url: str = _setting(
        "DOSSIER_QUICKBOOKS_URL", _web, "https://quickbooks.api.intuit.com", "where QuickBooks Online is asked"
    )
    quickbooks_discovery_url: str = _setting(
        "DOSSIER_QUICKBOOKS_DISCOVERY_URL",
        _web,
        "https://developer.api.intuit.com/.well-known/openid_configuration",
        "what says where Intuit lets people in",
    )
    namespace: str = _setting(
        "DOSSIER_NAMESPACE", _word, "dossier", "the first word of every queue and database, one for each system"
    )
    host: str = _setting("DOSSIER_HOST", str, "127.0.0.1", "the address on which a process listens")
    port: int = _setting("DOSSIER_PORT", _whole(1, 65535), 8000, "the gateway's port")
    ops_port: int = _setting("DOSSIER_OPS_PORT", _whole(1, 65535), 0, "the port of health and metrics; 0 has none")
    log_level: str = _setting(
        "DOSSIER_LOG_LEVEL", _one_of("DEBUG", "INFO", "WARNING", "ERROR"), "INFO", "DEBUG, INFO, WARNING or ERROR"
    )
    request_queues: str = _setting(
        "DOSSIER_REQUEST_QUEUES",
        _one_of("classic", "quorum"),
        "classic",
        "quorum where RabbitMQ is a cluster, so that calls go on without a node; changed with everything stopped",
    )
    rpc_workers: int = _setting("DOSSIER_RPC_WORKERS", _whole(1, 500), 10, "how many calls a process serves at once")
    event_workers: int = _setting("DOSSIER_EVENT_WORKERS", _whole(1, 100), 4, "how many events it applies at once")
    retry_seconds: tuple[float, ...] = _setting(
        "DOSSIER_RETRY_SECONDS", _seconds, (1.0, 5.0, 30.0, 300.0), "the waits between tries of an event that failed"
    )
    source_seconds: float = _setting(
        "DOSSIER_SOURCE_SECONDS", lambda text: _seconds(text)[0], 1.0, "how long a profile waits for a section"
    )
    section_ttl_seconds: float = _setting(
        "DOSSIER_SECTION_TTL_SECONDS", lambda text: _seconds(text)[0], 600.0, "the longest that a section is remembered"
    )
    extra_sections: tuple[dict[str, Any], ...] = _setting(
        "DOSSIER_EXTRA_SECTIONS", _json_list, (), "sections of other services, as docs/sections.md says"
    )
    # Traces: names of OpenTelemetry's own; its OTEL_EXPORTER_OTLP_HEADERS and OTEL_RESOURCE_ATTRIBUTES hold, too.
    otlp_endpoint: str = _setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT", _collector, "", "where traces are sent, by OTLP over HTTP; none without it"
    )
    trace_share: float = _setting(
        "OTEL_TRACES_SAMPLER_ARG", _share, 1.0, "which share of the requests is traced, from 0 to 1"
    )
    # Requests a minute that a gateway answers, 0 for any number; an address counts for those it does not know.
    limit_address: int = _setting(
        "DOSSIER_LIMIT_ADDRESS",
        _whole(0, 10_000_000),
        600,
        "requests a minute of an address without a sign-in",
    )
    limit_member: int = _setting("DOSSIER_LIMIT_MEMBER", _whole(0, 10_000_000), 1_200, "requests a minute of a member")
    limit_program: int = _setting(
        "DOSSIER_LIMIT_PROGRAM", _whole(0, 10_000_000), 1_200, "requests a minute of a member's program"
    )
    limit_client: int = _setting(
        "DOSSIER_LIMIT_CLIENT", _whole(0, 10_000_000), 600, "requests a minute of a client in the portal"
    )
    limit_firm: int = _setting("DOSSIER_LIMIT_FIRM", _whole(0, 10_000_000), 20_000, "requests a minute of a whole firm")
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    def database_for(self, service: str) -> str:
        """The database of one service: `<SERVICE>_DATABASE_URL`, else its own one on the server of DATABASE_URL."""
        variable = f"{service.upper()}_DATABASE_URL"
        own = self.environment.get(variable)
        if own:
            try:
                return _uri("postgresql")(own)
            except ValueError as exc:
                message = f"{variable} {exc}"
                raise SettingsError(message) from exc
        if not self.database_url:
            message = f"set DATABASE_URL (the PostgreSQL server) or {variable}"
            raise SettingsError(message)
        return urlunsplit(urlsplit(self.database_url)._replace(path=f"/{self.namespace}_{service}"))

    def listening_for(self, service: str) -> str:
        """The same database, where notifications arrive."""
        url = self.database_for(service)
        if not self.listen_url:
            return url
        return urlunsplit(urlsplit(self.listen_url)._replace(path=urlsplit(url).path))


def load_settings(environment: Mapping[str, str] | None = None, *, needs: tuple[str, ...] = ()) -> Settings:
    """Read the settings; `needs` names fields that must be given. Raises SettingsError with one line for each fault."""
    environment = dict(os.environ if environment is None else environment)
    faults: list[str] = []
    values: dict[str, Any] = {"environment": environment}
    for spec in fields(Settings):
        variable = spec.metadata.get("variable")
        text = environment.get(variable, "") if variable else ""
        if text:
            try:
                values[spec.name] = spec.metadata["parse"](text)
            except ValueError as exc:
                told = "" if spec.metadata["is_secret"] else f"; it is {_hidden(text)!r}"
                faults.append(f"{variable} {exc}{told}")
        elif spec.name in needs:
            faults.append(f"{variable} is missing: set it to {spec.metadata['why']}")
    if faults:
        raise SettingsError("\n".join(faults))
    return Settings(**values)


def _hidden(text: str) -> str:
    """The text without a password, for messages and logs."""
    try:
        parts = urlsplit(text)
        password = parts.password
    except ValueError:
        return "…"
    return text.replace(f":{password}@", ":…@") if password else text
