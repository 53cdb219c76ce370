"""Reads on renewals: what is known of commitments, what would be lost, and how much hangs on whom."""
