"""identity: firms, their members and rights, and everything by which a member proves to be one."""
