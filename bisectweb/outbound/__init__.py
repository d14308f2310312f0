"""Mails that leave: what they say, who lets them go, and how each leaves at most once."""
