-- What was accrued for a purchase, net of reversals, is its reward; where its receipt was rejected, what had been clawed back.
with ledger as (
    select source_id as purchase_id, -sum(amount) as accrued
    from {{ ref('fct_rewards') }}
    where account = 'funding' and line_type in ('accrual', 'reversal') and source_type = 'purchase'
    group by source_id
),

purchases as (
    select
        p.purchase_id,
        case when r.status = 'rejected' then coalesce(l.clawed_back_amount, 0) else p.reward_amount end as earned
    from {{ ref('fct_purchase') }} as p
    left join {{ ref('fct_receipt') }} as r on p.receipt_id = r.receipt_id
    left join {{ ref('reward_lots') }} as l on l.lot_id = concat('purchase:', p.purchase_id)
    where p.reward_amount <> 0
)

select
    coalesce(p.purchase_id, l.purchase_id) as purchase_id,
    cast(p.earned as decimal(18, 4)) as earned,
    cast(l.accrued as decimal(38, 4)) as accrued
from purchases as p
full outer join ledger as l on p.purchase_id = l.purchase_id
where coalesce(p.earned, 0) <> coalesce(l.accrued, 0)
