"""Consoles of Linux kernels that we crash, and what is to be read from them."""
