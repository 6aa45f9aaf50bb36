"""What must be kept readable, such as passwords for other systems: sealed with a key that no database holds."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from nameko.extensions import DependencyProvider

from chassis.errors import Unavailable

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


class Sealer:
    """Seals with the first key, opens with any: a new key is put before the old one."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = keys
        self._box: MultiFernet | None = None

    def seal(self, owner_id: UUID, secret: str) -> bytes:
        """Seal what belongs to `owner_id`, so that it is of no use beside another."""
        return self._opened().encrypt(orjson.dumps([str(owner_id), secret]))

    def unseal(self, owner_id: UUID, sealed: bytes) -> str:
        """Give the secret back. Raises Unavailable for what another key sealed, or for another owner."""
        from cryptography.fernet import InvalidToken  # noqa: PLC0415

        try:
            whose, secret = orjson.loads(self._opened().decrypt(sealed))
        except InvalidToken as exc:
            raise Unavailable("What is kept can't be read with DOSSIER_SECRET_KEY; connect it again.") from exc
        if whose != str(owner_id):
            raise Unavailable("What is kept belongs to another; connect it again.")
        return str(secret)

    def _opened(self) -> "MultiFernet":
        if self._box is None:
            from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 (costs megabytes, and few seal)

            self._box = MultiFernet([Fernet(key) for key in self._keys])
        return self._box


class Sealing(DependencyProvider):
    """`self.sealer` in a service: seals what must be kept readable."""

    def setup(self) -> None:
        self.sealer = Sealer(self.container.config["settings"].secret_keys)

    def get_dependency(self, worker_ctx: Any) -> Sealer:  # noqa: ARG002
        return self.sealer
