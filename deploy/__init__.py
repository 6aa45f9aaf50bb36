"""How the system is started, filled and shipped."""
