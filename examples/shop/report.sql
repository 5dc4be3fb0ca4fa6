-- The strongest customers of each month of the last quarter: what every group of organizations, from its root down to the last
-- department, was invoiced for orders, in euros, and how much of it was still unpaid at the end of the year.
-- Exact decimals throughout. Written in the SQL that DuckDB and PostgreSQL share: both give the same answer, and a test says so.

WITH RECURSIVE tree AS (
  SELECT id, id AS root_id FROM organizations WHERE parent_id IS NULL
  UNION ALL
  SELECT child.id, tree.root_id FROM organizations AS child JOIN tree ON child.parent_id = tree.id
),
billed AS (
  SELECT
    CAST(date_trunc('month', invoices.issued_on) AS date) AS month,
    tree.root_id,
    count(*) AS invoices,
    round(sum(invoices.amount * currencies.rate_to_eur), 2) AS revenue_eur,
    round(sum(CASE WHEN invoices.paid_at IS NULL THEN invoices.amount * currencies.rate_to_eur ELSE 0 END), 2) AS unpaid_eur
  FROM invoices
  JOIN tree ON tree.id = invoices.organization_id
  JOIN currencies ON currencies.code = invoices.currency
  WHERE invoices.subject_type = 'Order' AND invoices.issued_on BETWEEN DATE '2025-10-01' AND DATE '2025-12-31'
  GROUP BY 1, 2
),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY month ORDER BY revenue_eur DESC, root_id) AS rank FROM billed
)
SELECT ranked.month, organizations.name AS customer, ranked.invoices, ranked.revenue_eur, ranked.unpaid_eur
FROM ranked JOIN organizations ON organizations.id = ranked.root_id
WHERE ranked.rank <= 4
ORDER BY ranked.month, ranked.rank
