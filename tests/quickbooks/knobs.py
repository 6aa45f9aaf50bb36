"""Everything about the simulator that a test may set, at its start or at any moment."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass
class Knobs:
    """Rates are chances from 0 to 1; durations are seconds."""

    seed: int = 1
    clients: dict[str, str] = field(default_factory=lambda: {"client": "secret"})  # id: secret, of registered apps
    is_production: bool = False  # then redirect addresses must be https
    company: str = "Harbor & Pine Accounting"  # the name of the first, from its start
    currency: str = "USD"  # in which it keeps its books, from its start
    authorizes: str | None = None  # the company that the person chooses; the first by default

    # OAuth. "grace": a refresh token stays good for a while after its successor was made; "at_once": it doesn't;
    # "daily": the value changes once in `rotation_seconds`, between them the same one is given again.
    access_seconds: float = 3600
    refresh_seconds: float = 8_726_400
    hard_seconds: float = 5 * 365.25 * 86400
    code_seconds: float = 600
    rotation: str = "grace"
    grace_seconds: float = 60
    rotation_seconds: float = 86400

    # Limits per company, as documented; None switches one off.
    per_minute: int | None = 500
    per_second: int | None = 10
    at_once: int | None = 10
    batches_per_minute: int | None = 40
    batch_items: int = 30
    retry_after: bool = False  # third parties report the header; Intuit doesn't promise it

    # "replay": whatever comes with a requestid that was used gets the first answer; "600": only the same request does.
    requestid_reuse: str = "replay"
    replays_faults: bool = True

    # Faults on purpose.
    drop_rate: float = 0  # the connection is closed after the write has happened
    lost_rate: float = 0  # the connection is closed before anything has happened
    error_rate: float = 0  # 500 or 503, nothing written
    error_after_rate: float = 0  # 500 after the write has happened
    slow_rate: float = 0  # the answer comes late, after the write has happened
    slow_seconds: float = 5
    fault_200_rate: float = 0  # of faults: comes with status 200
    html_rate: float = 0  # of errors: an HTML page of a proxy instead of JSON

    # Webhooks.
    webhook_url: str | None = None
    webhook_token: str = "verifier"
    webhook_shape: str = "cloudevents"  # or "legacy"
    webhook_window: float = 0.05  # changes within it are told together
    webhook_delay: float = 0  # at most so late, by chance
    webhook_loss: float = 0
    webhook_duplicates: float = 0  # chance that a delivery comes twice
    webhook_disorder: float = 0  # chance that two neighbours change places
    webhook_held: bool = False  # nothing goes out until a test releases it
    webhook_patience: float = 3  # an answer must come within
    webhook_scale: float = 1  # of the retry schedule; 0.001 makes 20 minutes 1.2 s

    def set(self, **values: Any) -> None:
        """Raises ValueError for a name or a kind of value that there isn't."""
        known = {each.name for each in fields(self)}
        if unknown := values.keys() - known:
            raise ValueError(f"there is no such knob: {', '.join(sorted(unknown))}")
        for name, value in values.items():
            setattr(self, name, value)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
