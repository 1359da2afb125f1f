-- What stands beside the balance: rewards of purchases that wait until they can be used, and events that would move what is
-- owed, by the month they belong to (where their moment cannot be read, that in which they landed).
with held as (
    select
        p._reason as reason,
        substring(cast(coalesce({{ reporting_day('p.purchased_at') }}, p._dt) as string), 1, 7) as period,
        1 as purchases,
        0 as events,
        case when c.is_eligible then coalesce(p.quantity * c.reward_per_unit, 0) else 0 end as reward_amount
    from {{ ref('int_purchases_checked') }} as p
    left join {{ ref('product_history') }} as c
        on p.product_id = c.product_id and p.purchased_at >= c.valid_from and p.purchased_at < c.valid_to
    where p._outcome = 'quarantined'
    union all
    select
        _reason as reason,
        substring(cast(coalesce(occurred_on, _dt) as string), 1, 7) as period,
        0 as purchases,
        1 as events,
        0 as reward_amount
    from {{ ref('int_events_checked') }}
    where
        _outcome = 'quarantined'
        and event_type in (
            'receipt_rejected', 'cash_out_requested', 'cash_out_cancelled', 'cash_out_paid', 'cash_out_returned',
            'reward_clawed_back', 'reward_adjusted'
        )
)

select
    date '{{ var("business_date") }}' as as_of,
    reason,
    period,
    cast(sum(purchases) as bigint) as purchases,
    cast(sum(events) as bigint) as events,
    cast(sum(reward_amount) as decimal(18, 4)) as reward_amount
from held
group by reason, period
