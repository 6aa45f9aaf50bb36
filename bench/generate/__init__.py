"""Clients by the hundred thousand, written straight into the services' databases as their own rules would have."""
