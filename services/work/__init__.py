"""What the firm does for an account: pipelines and jobs, tasks, notes, time."""
