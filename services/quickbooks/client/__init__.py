"""What is said to Intuit, and how its answers are understood. Nothing here knows a database."""

from services.quickbooks.client.answers import Answer, Refusal, Unreachable, customer_of, ledger_account_of, refusal_of
from services.quickbooks.client.calls import Session
from services.quickbooks.client.oauth import Endpoints, Keys, Tokens, TokensRefused

__all__ = [
    "Answer",
    "Endpoints",
    "Keys",
    "Refusal",
    "Session",
    "Tokens",
    "TokensRefused",
    "Unreachable",
    "customer_of",
    "ledger_account_of",
    "refusal_of",
]
