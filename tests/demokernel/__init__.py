"""A small kernel of our own with a generated git history: what the demo and the tests bisect."""
