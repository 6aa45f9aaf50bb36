"""The least that HTTP, one RPC and the warm profile's SQL can cost, with our libraries and none of our code between."""
