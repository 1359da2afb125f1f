with purchase_lines as (
    select count(*) as row_count, coalesce(sum(amount), 0) as amount
    from {{ ref('fct_purchase') }}
    where receipt_id is not null
),

receipts as (
    select coalesce(sum(lines), 0) as row_count, coalesce(sum(amount), 0) as amount from {{ ref('fct_receipt') }}
)

select p.row_count as lines, r.row_count as lines_on_receipts, p.amount as amount, r.amount as amount_on_receipts
from purchase_lines as p
cross join receipts as r
where p.row_count <> r.row_count or p.amount <> r.amount
