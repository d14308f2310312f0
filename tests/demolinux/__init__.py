"""Real Linux with a generated history, in which one commit plants a warning in nested KVM."""
