"""The firm's books at QuickBooks Online: connection, customers, how each account stands."""
