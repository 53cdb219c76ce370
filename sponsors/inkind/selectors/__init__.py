"""Reads across gifts in kind, by subject. Each subject is imported by its own name."""
