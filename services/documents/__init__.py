"""Files of accounts: folders, documents with their versions, who reaches them, the trash."""
