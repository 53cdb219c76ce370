"""Documents of a commitment, each in numbered versions: drafted, sent, signed, voided; and the templates of agreements.

Who locks what first is as in commitments: the sponsor, the commitment, then the document's versions.
"""
