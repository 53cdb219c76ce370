"""Bank statements: their lines, which sponsor's money each is, and the receipt it became.

A line is evidence from outside, not a fact of the books: the receipt that a person makes of it is.
Who locks what first is as in commitments: the sponsor, the commitment, the receipt, then the line.
"""
