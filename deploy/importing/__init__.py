"""Loads a client list somebody else wrote: `python -m deploy.importing clients.csv` (domain.md §3.13)."""
