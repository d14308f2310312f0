"""A small kernel of our own and a generated git history of it: what the demo and the tests bisect."""
