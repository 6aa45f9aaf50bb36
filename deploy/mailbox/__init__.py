"""A mailbox to look into while trying Dossier out: it takes every mail that would go out, and sends none."""
