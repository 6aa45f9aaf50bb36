"""Pages for people, drawn by the gateway: HTML and forms that work without script, the same calls as the API."""
