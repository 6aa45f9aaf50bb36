"""What a request costs: a client generator, a load driver, the limits measured beside us; never pass or fail."""
