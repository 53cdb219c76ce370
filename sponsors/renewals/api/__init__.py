"""Renewals over the REST API, by subject. Each subject is imported by its own name."""
