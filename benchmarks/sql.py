"""The API's page of commitments as one hand-written SQL statement: what a page could cost at least."""

from django.db import connection

from foundation.books.selectors import local_today

_MONEY = "trim_scale({0})::numeric(18, 2)::text"
_MOMENT = """replace(to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.USZ'), '.000000Z', 'Z')"""

COMMITMENTS = f"""
WITH page AS (
    SELECT * FROM sponsors_commitment ORDER BY number DESC, id DESC LIMIT %(limit)s
), line AS (
    SELECT l.commitment_id,
           sum(l.amount) FILTER (WHERE l.kind = 'cash') AS cash,
           sum(l.amount) FILTER (WHERE l.kind = 'in_kind') AS in_kind,
           json_agg(json_build_object(
               'id', l.id, 'position', l.position, 'kind', l.kind, 'category', l.category,
               'description', l.description, 'fund', f.code, 'amount', {_MONEY.format("l.amount")},
               'estimate_basis', l.estimate_basis) ORDER BY l.position) AS rows
    FROM sponsors_commitmentline l LEFT JOIN foundation_fund f ON f.id = l.fund_id
    WHERE l.removed_by_id IS NULL AND l.commitment_id IN (SELECT id FROM page) GROUP BY l.commitment_id
), term AS (
    SELECT t.commitment_id,
           json_agg(json_build_object('position', t.position, 'starts_on', t.starts_on,
                                      'ends_on', t.ends_before - 1) ORDER BY t.position) AS rows
    FROM sponsors_term t WHERE t.removed_by_id IS NULL AND t.commitment_id IN (SELECT id FROM page) GROUP BY t.commitment_id
), due AS (
    SELECT i.*, t.position AS term, f.code AS fund,
           CASE WHEN i.paid >= i.amount THEN 'paid'
                WHEN i.paid + i.written_off >= i.amount THEN 'written_off'
                WHEN c.state IN ('draft', 'proposed') THEN 'planned'
                WHEN c.state IN ('withdrawn', 'declined')
                     OR i.released_on IS NOT NULL
                     OR (i.kind = 'scheduled' AND c.state = 'terminated' AND i.due_on >= c.closed_on) THEN 'released'
                WHEN i.due_on < %(today)s THEN 'overdue'
                WHEN i.paid > 0 THEN 'partly_paid'
                WHEN i.due_on = %(today)s THEN 'due'
                ELSE 'scheduled' END AS state
    FROM sponsors_installment i
    JOIN page c ON c.id = i.commitment_id
    JOIN sponsors_term t ON t.id = i.term_id
    LEFT JOIN foundation_fund f ON f.id = i.fund_id
    WHERE i.removed_by_id IS NULL
), installment AS (
    SELECT commitment_id, sum(paid) AS received, sum(amount - paid - written_off) FILTER (WHERE state = 'overdue') AS overdue,
           json_agg(json_build_object(
               'id', id, 'position', position, 'kind', kind, 'description', description, 'fund', fund,
               'charged_on', charged_on, 'released_on', released_on, 'term', term, 'due_on', due_on,
               'amount', {_MONEY.format("amount")}, 'paid', {_MONEY.format("paid")},
               'written_off', {_MONEY.format("written_off")},
               'remainder', {_MONEY.format("amount - paid - written_off")}, 'state', state) ORDER BY position) AS rows
    FROM due GROUP BY commitment_id
)
SELECT json_agg(json_build_object(
    'id', c.id, 'number', c.number, 'sponsor', c.sponsor_id, 'sponsor_name', s.name, 'title', c.title,
    'currency', c.currency, 'starts_on', c.starts_on, 'ends_on', c.ends_before - 1, 'state', c.state,
    'owner', c.owner_id, 'backup', c.backup_id, 'renewal_of', c.renewal_of_id,
    'notice_days', c.notice_days, 'notice_on', c.ends_before - 1 - c.notice_days,
    'renews_automatically', c.renews_automatically, 'renewal_months', c.renewal_months,
    'announced_on', c.announced_on,
    'proposed_on', c.proposed_on, 'signed_on', c.signed_on, 'closed_on', c.closed_on,
    'closed_reason', c.closed_reason, 'notes', c.notes,
    'cash', {_MONEY.format("coalesce(line.cash, 0)")}, 'in_kind', {_MONEY.format("coalesce(line.in_kind, 0)")},
    'received', {_MONEY.format("coalesce(installment.received, 0)")},
    'overdue', {_MONEY.format("coalesce(installment.overdue, 0)")},
    'lines', coalesce(line.rows, '[]'), 'terms', coalesce(term.rows, '[]'),
    'installments', coalesce(installment.rows, '[]'),
    'created_at', {_MOMENT.format("c.created_at")}, 'updated_at', {_MOMENT.format("c.updated_at")}
) ORDER BY c.number DESC, c.id DESC)::text
FROM page c
JOIN sponsors_sponsor s ON s.id = c.sponsor_id
LEFT JOIN line ON line.commitment_id = c.id
LEFT JOIN term ON term.commitment_id = c.id
LEFT JOIN installment ON installment.commitment_id = c.id
"""


def commitments_as_json(limit: int) -> str:
    """Return the newest commitments with everything nested, as the API gives them."""
    with connection.cursor() as cursor:
        cursor.execute(COMMITMENTS, {"limit": limit, "today": local_today()})
        (text,) = cursor.fetchone()
    return str(text)
