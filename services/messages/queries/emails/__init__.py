"""What is asked about e-mail and mailboxes."""
