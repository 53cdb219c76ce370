"""Commitments, their schedules, and the money received for them.

Rows are locked in one order by everybody who holds more than one, API and admin included: the sponsor,
the commitment, the receipt, installments by their key, then write-offs
and invoices. Two transactions that both
begin at the sponsor wait for each other in turn; one that began at the receipt would meet a merge of
sponsors, which comes from the other end, and the database would end one of the two.
"""
