"""How quickly every page answers when there are ten million runs (`make bench-web`)."""
