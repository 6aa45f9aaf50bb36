"""A mail as it goes over the wire, and how a report on it finds its way back."""
