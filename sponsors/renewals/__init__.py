"""Renewals: how likely a commitment is to lapse and why, what is lost if it does, and who is told."""
