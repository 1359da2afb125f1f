-- What is owed on the business date, by the days since it was earned: what is left of each lot, first in, first out.
with balances as (
    select user_id, school_id, account, lot_id, earned_on, sum(amount) as amount
    from {{ ref('fct_rewards') }}
    where account in ('pending', 'available', 'in_settlement')
    group by user_id, school_id, account, lot_id, earned_on
    having sum(amount) <> 0
),

aged as (
    select *, cast(date '{{ var("business_date") }}' - earned_on as int) as days from balances
)

select
    date '{{ var("business_date") }}' as as_of,
    school_id,
    account,
    case
        when days <= 30 then '0-30'
        when days <= 90 then '31-90'
        when days <= 180 then '91-180'
        when days <= 365 then '181-365'
        else 'over 365'
    end as age,
    cast(count(distinct lot_id) as bigint) as lots,
    cast(sum(amount) as decimal(18, 4)) as amount
from aged
group by
    school_id,
    account,
    case
        when days <= 30 then '0-30'
        when days <= 90 then '31-90'
        when days <= 180 then '91-180'
        when days <= 365 then '181-365'
        else 'over 365'
    end
