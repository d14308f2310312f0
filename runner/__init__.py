"""The bisection engine and its lab: plain Python, no Django."""
