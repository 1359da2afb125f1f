-- What the ledger paid is what the payments of each settlement come to, and of those that name none.
with ledger as (
    select coalesce(settlement_id, '(none)') as settlement_id, sum(amount) as paid
    from {{ ref('fct_rewards') }}
    where account = 'paid' and line_type = 'cash_out_paid'
    group by coalesce(settlement_id, '(none)')
),

settlements as (
    select settlement_id, amount from {{ ref('fct_settlement') }} where amount <> 0
    union all
    select '(none)' as settlement_id, sum(amount) as amount
    from {{ ref('stg_reward_events') }}
    where event_type = 'cash_out_paid' and settlement_id is null and amount > 0
    having sum(amount) is not null
)

select
    coalesce(s.settlement_id, l.settlement_id) as settlement_id,
    cast(s.amount as decimal(38, 4)) as amount,
    cast(l.paid as decimal(38, 4)) as paid
from settlements as s
full outer join ledger as l on s.settlement_id = l.settlement_id
where coalesce(s.amount, 0) <> coalesce(l.paid, 0)
