"""Settings from the environment: typed, and each missing or wrong one is named with what to do about it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson


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


def _level(text: str) -> str:
    if text.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        message = "must be one of DEBUG, INFO, WARNING, ERROR"
        raise ValueError(message)
    return text.upper()


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


def _setting(variable: str, parse: Callable[[str], Any], default: Any, why: str = "") -> Any:
    return field(default=default, metadata={"variable": variable, "parse": parse, "why": why})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a process is told from outside; an empty `amqp_uri`, `database_url` or `blobs` means that it was not."""

    amqp_uri: str = _setting("AMQP_URI", _uri("amqp", "amqps"), "", "the RabbitMQ server")
    database_url: str = _setting("DATABASE_URL", _uri("postgresql"), "", "the PostgreSQL server")
    blobs: str = _setting("DOSSIER_BLOBS", _place, "", "where files are kept: file:///folder or s3://bucket/prefix")
    namespace: str = _setting("DOSSIER_NAMESPACE", _word, "dossier")
    host: str = _setting("DOSSIER_HOST", str, "127.0.0.1")
    port: int = _setting("DOSSIER_PORT", _whole(1, 65535), 8000)
    ops_port: int = _setting("DOSSIER_OPS_PORT", _whole(1, 65535), 0)
    log_level: str = _setting("DOSSIER_LOG_LEVEL", _level, "INFO")
    rpc_workers: int = _setting("DOSSIER_RPC_WORKERS", _whole(1, 500), 10)
    event_workers: int = _setting("DOSSIER_EVENT_WORKERS", _whole(1, 100), 4)
    retry_seconds: tuple[float, ...] = _setting("DOSSIER_RETRY_SECONDS", _seconds, (1.0, 5.0, 30.0, 300.0))
    source_seconds: float = _setting("DOSSIER_SOURCE_SECONDS", lambda text: _seconds(text)[0], 1.0)
    section_ttl_seconds: float = _setting("DOSSIER_SECTION_TTL_SECONDS", lambda text: _seconds(text)[0], 600.0)
    extra_sections: tuple[dict[str, Any], ...] = _setting("DOSSIER_EXTRA_SECTIONS", _json_list, ())
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
                faults.append(f"{variable} {exc}; it is {_hidden(text)!r}")
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
