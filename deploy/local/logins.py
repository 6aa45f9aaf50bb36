"""Real logins: only an answered handshake proves that a server is there, and that it is the one we mean."""

from urllib.parse import urlsplit

import amqp
import amqp.exceptions
import psycopg
import psycopg.sql
from kombu.utils.url import parse_url

from deploy.local.problem import CannotStart

CONNECT_TIMEOUT = 5  # s


def without_password(url: str) -> str:
    """Give `url` as it may be shown."""
    parts = urlsplit(url)
    user = f"{parts.username}@" if parts.username else ""
    port = f":{_port(url)}" if _port(url) else ""
    return f"{parts.scheme}://{user}{parts.hostname or ''}{port}{parts.path}"


def broker_fault(uri: str) -> str | None:
    """Log in to RabbitMQ; None when it answered, else what is wrong in a few words."""
    parts = urlsplit(uri)
    if parts.scheme not in {"amqp", "amqps", "pyamqp"} or not parts.hostname or _port(uri) == 0:
        return "is not of the form amqp://user:password@host:port/vhost"
    told = parse_url(uri)
    connection = amqp.Connection(
        f"{told['hostname']}:{told['port'] or (5671 if parts.scheme == 'amqps' else 5672)}",
        userid=told["userid"] or "guest",
        password=told["password"] or "guest",
        virtual_host=told["virtual_host"] or "/",
        ssl=parts.scheme == "amqps",
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=CONNECT_TIMEOUT,
        write_timeout=CONNECT_TIMEOUT,
    )
    try:
        connection.connect()
        connection.close()
    except amqp.exceptions.AccessRefused:
        return "is refused: wrong user or password"
    except (amqp.exceptions.NotAllowed, amqp.exceptions.NotFound) as fault:
        return f"is refused: {fault.reply_text or 'this user may not use that virtual host'}"
    except (OSError, amqp.exceptions.AMQPError) as fault:
        return f"does not answer as RabbitMQ: {_words(fault)}"
    finally:
        connection.collect()  # a refused handshake leaves its socket open
    return None


def database_fault(url: str) -> str | None:
    """Log in to PostgreSQL; None when it answered, else what is wrong in a few words."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"} or _port(url) == 0:
        return "is not of the form postgresql://user:password@host:port/database"
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_TIMEOUT):
            return None
    except psycopg.Error as fault:
        return f"does not let us in: {_words(fault)}"


def make_role(admin_url: str, name: str, password: str) -> None:
    """Give PostgreSQL the role our services use: it makes its databases, and row-level security binds it."""
    with psycopg.connect(admin_url, connect_timeout=CONNECT_TIMEOUT, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
        if known is None:
            role, secret = psycopg.sql.Identifier(name), psycopg.sql.Literal(password)
            connection.execute(
                psycopg.sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE NOSUPERUSER NOBYPASSRLS PASSWORD {}").format(
                    role, secret
                )
            )


def checked_broker(name: str, uri: str) -> None:
    """Raise CannotStart unless a login at `uri`, set as `name`, succeeds."""
    fault = broker_fault(uri)
    if fault:
        raise CannotStart(
            f"{name}={without_password(uri)} {fault}. Correct {name}, or unset it to have RabbitMQ started."
        )


def checked_database(name: str, url: str) -> None:
    """Raise CannotStart unless a login at `url`, set as `name`, succeeds."""
    fault = database_fault(url)
    if fault:
        raise CannotStart(
            f"{name}={without_password(url)} {fault}. Correct {name}, or unset it to have PostgreSQL started."
        )


def _port(url: str) -> int | None:
    try:
        return urlsplit(url).port
    except ValueError:
        return 0


def _words(fault: BaseException) -> str:
    lines = [line.strip() for line in str(fault).splitlines() if line.strip()]
    text = lines[0] if lines else type(fault).__name__
    return text.rstrip(".")
