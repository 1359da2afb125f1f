-- What is owed on the business date, by the days since it was earned: what is left of each lot, first in, first out.
with balances as (
    select user_id, school_id, account, lot_id, earned_on, sum(amount) as amount
    from {{ ref('fct_rewards') }}
    where account in ('pending', 'available', 'in_settlement')
    group by user_id, school_id, account, lot_id, earned_on
    having sum(amount) <> 0
)

select
    date '{{ var("business_date") }}' as as_of,
    b.school_id,
    b.account,
    coalesce(d.age, 'over 365') as age,
    cast(count(distinct b.lot_id) as bigint) as lots,
    cast(sum(b.amount) as decimal(18, 4)) as amount
from balances as b
left join {{ ref('dim_earned_day') }} as d on b.earned_on = d.earned_on
group by b.school_id, b.account, coalesce(d.age, 'over 365')
