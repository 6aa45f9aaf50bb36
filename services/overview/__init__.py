"""overview: composes the profile, remembers it, and keeps the directory behind search and the client list."""
