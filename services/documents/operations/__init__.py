"""What changes folders and documents."""
