"""What reads folders and documents."""
