"""Fills an empty database with a portfolio of a given size, in a few set-based statements.

Ten commitments a sponsor and five installments a commitment, over twelve years; older installments are
paid, some only in part, and were invoiced. One commitment in five is conditional, and each has an agreement.
Triggers are off meanwhile: what they check holds by construction, and the sums that they keep are filled in
afterwards.
"""

from django.db import connection, transaction

SPONSORS = """
INSERT INTO sponsors_sponsor (name, legal_name, slug, website, country, tax_id, description, logo, logo_on_dark,
                              notes, account_manager_id)
SELECT 'Sponsor ' || to_char(n, 'FM00000'), 'Sponsor ' || n || ' Incorporated', 'sponsor-' || n,
       'https://www.sponsor-' || n || '.example', (ARRAY['US', 'DE', 'GB', 'JP', 'BR'])[1 + n %% 5], '',
       'Makes things that need a package index.', '', '', '', %(user)s
FROM generate_series(1, %(sponsors)s) AS n
"""

CONTACTS = """
INSERT INTO sponsors_contact (sponsor_id, name, email, phone, title, roles, notes)
SELECT sponsor.id, 'Contact of ' || sponsor.name, 'contact@' || sponsor.slug || '.example', '', '',
       ARRAY['primary', 'billing']::varchar[], ''
FROM sponsors_sponsor AS sponsor
"""

INTERACTIONS = """
INSERT INTO sponsors_interaction (sponsor_id, kind, occurred_at, by_id, summary, next_step, next_step_due)
SELECT sponsor.id, 'call', now() - (sponsor.id %% 700) * interval '1 day', %(user)s, 'Talked about next year.',
       'Send the figures', current_date + (sponsor.id %% 60)::int - 30
FROM sponsors_sponsor AS sponsor
"""

COMMITMENTS = """
INSERT INTO sponsors_commitment (number, sponsor_id, title, currency, starts_on, ends_before, state, owner_id,
                                 proposed_on, signed_on, closed_on, closed_reason, notes, notice_days,
                                 renews_automatically, renewal_months)
SELECT 'C-' || to_char(starts_on, 'YYYY') || '-' || to_char(row_number() OVER (ORDER BY starts_on, id, n), 'FM000000'),
       id, 'Support ' || to_char(starts_on, 'YYYY'), 'USD', starts_on, (starts_on + interval '5 years')::date,
       CASE WHEN starts_on + interval '5 years' <= current_date THEN 'ended' ELSE 'signed' END,
       CASE WHEN n %% 7 > 0 THEN %(user)s::bigint END, starts_on - 60, starts_on - 20,
       CASE WHEN starts_on + interval '5 years' <= current_date THEN (starts_on + interval '5 years')::date END,
       '', '', 60, n %% 10 = 9, CASE WHEN n %% 10 = 9 THEN 12 END
FROM (SELECT sponsor.id, n, (date '2016-01-01' + n * interval '14 months' + (sponsor.id %% 365) * interval '1 day')::date
             AS starts_on
      FROM sponsors_sponsor AS sponsor, generate_series(0, 9) AS n) AS plan
"""

LINES = """
INSERT INTO sponsors_commitmentline (commitment_id, position, kind, category, description, fund_id, amount,
                                     estimate_basis)
SELECT id, 1, 'cash', '', 'Cash', %(fund)s, 75000, '' FROM sponsors_commitment
UNION ALL
SELECT id, 2, 'in_kind', 'cdn', 'CDN', NULL, 120000, 'list price' FROM sponsors_commitment WHERE id %% 10 = 0
"""

TERMS = """
INSERT INTO sponsors_term (commitment_id, position, starts_on, ends_before)
SELECT id, n + 1, (starts_on + n * interval '1 year')::date, (starts_on + (n + 1) * interval '1 year')::date
FROM sponsors_commitment, generate_series(0, 4) AS n
"""

INSTALLMENTS = """
INSERT INTO sponsors_installment (commitment_id, term_id, position, due_on, amount)
SELECT commitment_id, id, position, starts_on + 30, 15000 FROM sponsors_term
"""

RECEIPTS = """
INSERT INTO sponsors_receipt (sponsor_id, received_on, amount, currency, method, source, reference, payer, note,
                              recorded_by_id, is_reversed)
SELECT commitment.sponsor_id, installment.due_on + (installment.id %% 9)::int, 15000, 'USD', 'wire', 'bank',
       'seed-' || installment.id, '', '', %(user)s, false
FROM sponsors_installment AS installment
JOIN sponsors_commitment AS commitment ON commitment.id = installment.commitment_id
WHERE installment.due_on < current_date - 10 AND installment.id %% 50 > 0
"""

ALLOCATIONS = """
INSERT INTO sponsors_allocation (receipt_id, installment_id, amount, receipt_amount, booked_on, allocated_by_id)
SELECT id, substr(reference, 6)::bigint, amount, amount, received_on, %(user)s
FROM (SELECT id, reference, received_on, CASE WHEN id %% 40 = 0 THEN 9000 ELSE 15000 END AS amount
      FROM sponsors_receipt) AS used
"""

BANK_ACCOUNT = """
INSERT INTO sponsors_bankaccount (name, slug, currency, number, is_active)
VALUES ('Main account', 'main-account', 'USD', '', true)
"""

STATEMENT = """
INSERT INTO sponsors_statement (account_id, file, file_name, format, sha256, first_on, last_on, line_count, new_count,
                                imported_by_id)
SELECT id, 'statements/seed.csv', 'seed.csv', 'csv', '', date '2016-01-01', current_date, 1, 1, %(user)s
FROM sponsors_bankaccount
"""

# Ten lines a sponsor: one in twenty waits, as many are set aside, the others are tied to receipts.
BANK_LINES = """
INSERT INTO sponsors_bankline (statement_id, account_id, booked_on, amount, currency, payer, text, reference, bank_id,
                               fingerprint, state, reason, receipt_id, decided_by_id)
SELECT statement.id, statement.account_id, receipt.received_on, receipt.amount, 'USD', sponsor.legal_name,
       'Incoming wire', receipt.reference, 'line-' || receipt.id, md5(receipt.id::text),
       CASE receipt.id %% 20 WHEN 0 THEN 'open' WHEN 1 THEN 'set_aside' ELSE 'matched' END,
       CASE receipt.id %% 20 WHEN 1 THEN 'Interest' ELSE '' END,
       CASE WHEN receipt.id %% 20 > 1 THEN receipt.id END,
       CASE WHEN receipt.id %% 20 > 0 THEN %(user)s::bigint END
FROM sponsors_statement AS statement, sponsors_receipt AS receipt
JOIN sponsors_sponsor AS sponsor ON sponsor.id = receipt.sponsor_id
WHERE receipt.id <= %(sponsors)s * 10
ORDER BY receipt.id
"""

ALLOCATED = """
UPDATE sponsors_receipt AS receipt SET allocated = allocation.amount
FROM sponsors_allocation AS allocation WHERE allocation.receipt_id = receipt.id
"""

PAID = """
UPDATE sponsors_installment AS installment SET paid = allocation.amount
FROM sponsors_allocation AS allocation WHERE allocation.installment_id = installment.id
"""


DOCUMENTS = """
INSERT INTO foundation_document (title, file, digest, size, made_by_id)
SELECT 'seed-' || id, 'seed-' || id, '', 0, %(user)s FROM sponsors_installment WHERE due_on < current_date
"""

INVOICES = """
INSERT INTO sponsors_invoice (number, commitment_id, issued_on, due_on, billing_name, billing_address,
                              billing_email, purchase_order, note, total, document_id, issued_by_id)
SELECT 'INV-' || installment.id, commitment_id, due_on - 30, due_on, 'Sponsor', '', '', '', '',
       15000, document.id, %(user)s
FROM sponsors_installment AS installment
JOIN foundation_document AS document ON document.title = 'seed-' || installment.id
"""

INVOICE_LINES = """
INSERT INTO sponsors_invoiceline (invoice_id, position, installment_id, description, amount, paid_before)
SELECT id, 1, substr(number, 5)::bigint, 'Installment', 15000, 0 FROM sponsors_invoice
"""

CREDITED = """
INSERT INTO foundation_document (title, file, digest, size, made_by_id)
SELECT 'credit-' || id, 'credit-' || id, '', 0, %(user)s FROM sponsors_invoice WHERE id %% 20 = 0;
INSERT INTO sponsors_creditnote (number, invoice_id, issued_on, amount, reason, document_id, issued_by_id)
SELECT 'CN-' || invoice.id, invoice.id, issued_on + 3, 100, 'Discount', document.id, %(user)s
FROM sponsors_invoice AS invoice JOIN foundation_document AS document ON document.title = 'credit-' || invoice.id;
UPDATE sponsors_invoice SET credited = 100 WHERE id %% 20 = 0
"""

WRITE_OFFS = """
INSERT INTO sponsors_writeoff (installment_id, amount, reason, state, proposed_by_id)
SELECT id, 100, 'They closed.', 'proposed', %(user)s
FROM sponsors_installment WHERE paid < amount AND due_on < current_date
"""

CONDITIONS = """
INSERT INTO sponsors_condition (commitment_id, position, description, measure, target, amount, due_on, money_returns,
                                reached)
SELECT id, 1, 'Others give as much', 'Our yearly accounts', 10000, 10000, starts_on + 400, true, id %% 3 * 5000
FROM sponsors_commitment WHERE id %% 5 = 0
"""

PROGRESS = """
INSERT INTO sponsors_conditionprogress (condition_id, met_on, amount, reference, note, recorded_by_id, is_reversed)
SELECT id, due_on - 90, reached, 'report-' || id, 'Others gave', %(user)s, false
FROM sponsors_condition WHERE reached > 0
"""

RESTRICTIONS = """
INSERT INTO sponsors_restriction (commitment_id, position, fund_id, purpose, percent)
SELECT id, 1, %(fund)s, 'For the conference', 20 FROM sponsors_commitment WHERE id %% 4 = 0
"""

NON_RENEWALS = """
INSERT INTO sponsors_nonrenewal (commitment_id, given_on, given_by, reason, recorded_by_id, withdrawn_reason)
SELECT id, ends_before - 90, 'sponsor', 'They save.', %(user)s, '' FROM sponsors_commitment
WHERE id %% 20 = 0 AND ends_before - 90 < current_date
"""

AGREEMENTS = """
INSERT INTO foundation_document (title, file, digest, size, made_by_id)
SELECT 'agreement-' || id, 'agreement-' || id, '', 0, %(user)s FROM sponsors_commitment;
INSERT INTO sponsors_commitmentdocument (commitment_id, kind, title)
SELECT id, 'agreement', 'Agreement' FROM sponsors_commitment;
INSERT INTO sponsors_documentversion (document_id, number, state, file_id, facts, begun_by_id, begun_on, sent_address,
                                      means, signed_by, void_reason)
SELECT paper.id, 1, 'draft', document.id, '{}', %(user)s, current_date, '', '', '', ''
FROM sponsors_commitmentdocument AS paper
JOIN foundation_document AS document ON document.title = 'agreement-' || paper.commitment_id
"""


def empty() -> None:
    """Remove every sponsor, the bank, and all that hangs on them."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL bursar.may_truncate = on")
        cursor.execute(
            "TRUNCATE sponsors_sponsor, sponsors_bankaccount, foundation_document RESTART IDENTITY CASCADE"
        )


def seed(*, sponsors: int, user: int, fund: int) -> None:
    """Write `sponsors` sponsors, 10 times as many commitments and 50 times as many installments."""
    write(sponsors=sponsors, user=user, fund=fund)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def write(*, sponsors: int, user: int, fund: int) -> None:
    """Write the rows only, so that a test can do it in its own transaction."""
    values = {"sponsors": sponsors, "user": user, "fund": fund}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in (
            SPONSORS,
            CONTACTS,
            INTERACTIONS,
            COMMITMENTS,
            LINES,
            TERMS,
            INSTALLMENTS,
            RECEIPTS,
            ALLOCATIONS,
            BANK_ACCOUNT,
            STATEMENT,
            BANK_LINES,
            ALLOCATED,
            PAID,
            DOCUMENTS,
            INVOICES,
            INVOICE_LINES,
            CREDITED,
            WRITE_OFFS,
            CONDITIONS,
            PROGRESS,
            RESTRICTIONS,
            NON_RENEWALS,
            AGREEMENTS,
        ):
            cursor.execute(statement, values)
        # Triggers are on again, which matters in a transaction of somebody else's.
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
