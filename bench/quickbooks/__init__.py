"""The great run: a firm's whole books into a simulated QuickBooks that fails, while our processes are killed."""
