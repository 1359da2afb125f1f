with silver as (
    select count(*) as row_count, coalesce(sum(amount), 0) as amount from {{ ref('stg_purchases') }}
),

gold as (
    select count(*) as row_count, coalesce(sum(amount), 0) as amount from {{ ref('fct_purchase') }}
)

select s.row_count as silver_rows, g.row_count as gold_rows, s.amount as silver_amount, g.amount as gold_amount
from silver as s
cross join gold as g
where s.row_count <> g.row_count or s.amount <> g.amount
