"""Gifts in kind: what was promised, what was delivered and metered, what it is worth, and how well it is used.

A service is what a gift keeps running, such as a package index behind a CDN. Usage of it comes in as metered
buckets; a valuation prices a month of one line of a commitment and becomes a fact once another person approves it.

Who locks what first: the sponsor and the commitment as in commitments; then services in the order of their
keys, then the import or the valuation. All who write usage share one advisory lock: a file meets services in no order.
"""
