"""What a request costs: a generator of clients, a load driver, and the limits measured beside us; never pass or fail."""
