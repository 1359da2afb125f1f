-- The available balance by lot, from the ledger's entries, is what the order of lots leaves of each on the business date.
with ledger as (
    select user_id, lot_id, sum(amount) as amount
    from {{ ref('fct_rewards') }}
    where account = 'available'
    group by user_id, lot_id
    having sum(amount) <> 0
),

lots as (
    select user_id, lot_id, sum(amount) as amount
    from {{ ref('reward_pieces') }}
    where
        in_n is not null
        and {{ reporting_day('in_at') }} <= date '{{ var("business_date") }}'
        and (
            out_n is null
            or (in_n < out_n and {{ reporting_day('out_at') }} > date '{{ var("business_date") }}')
        )
    group by user_id, lot_id
)

select
    coalesce(l.user_id, p.user_id) as user_id,
    coalesce(l.lot_id, p.lot_id) as lot_id,
    cast(l.amount as decimal(38, 4)) as in_the_ledger,
    cast(p.amount as decimal(38, 4)) as left_of_the_lot
from ledger as l
full outer join lots as p on l.user_id = p.user_id and l.lot_id = p.lot_id
where coalesce(l.amount, 0) <> coalesce(p.amount, 0)
