"""People, their addresses, and the links between them and the accounts they serve."""
