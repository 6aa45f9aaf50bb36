"""`make run` and what it needs: servers found or started, services as child processes, nothing left behind."""
