"""What the shell can ask for: a module for each sub-command of `python -m runner`."""
