"""A second toy: calls the first through the services' own client, and hears its events."""
