"""Writes on renewals: one function a business verb."""
