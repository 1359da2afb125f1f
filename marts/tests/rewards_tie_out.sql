-- What is owed is the same by user, by school, by funding source, by age and by what is left of each lot, and is what all
-- other accounts hold, the other way round.
with owed as (
    select sum(amount) as amount
    from {{ ref('fct_rewards') }}
    where account in ('pending', 'available', 'in_settlement')
),

users as (
    select user_id, sum(amount) as amount
    from {{ ref('fct_rewards') }}
    where account in ('pending', 'available', 'in_settlement')
    group by user_id
),

-- The last month that is there.
schools as (
    select sum(closing) as amount
    from {{ ref('agg_rewards_month_school') }}
    where month_on = (select max(month_on) from {{ ref('agg_rewards_month_school') }})
),

funding as (
    select sum(closing) as amount
    from {{ ref('agg_rewards_month_funding') }}
    where month_on = (select max(month_on) from {{ ref('agg_rewards_month_funding') }})
),

views as (
    select 'users' as seen_by, sum(amount) as amount from users
    union all
    select 'schools' as seen_by, amount from schools
    union all
    select 'funding sources' as seen_by, amount from funding
    union all
    select 'age' as seen_by, sum(amount) as amount from {{ ref('agg_rewards_ageing') }}
    union all
    select 'schools to be paid' as seen_by, sum(owed) as amount from {{ ref('agg_rewards_payable') }}
    union all
    select 'control account' as seen_by, -sum(amount) as amount
    from {{ ref('fct_rewards') }}
    where account not in ('pending', 'available', 'in_settlement')
)

select
    v.seen_by,
    cast(v.amount as decimal(38, 4)) as amount,
    cast(o.amount as decimal(38, 4)) as owed
from views as v
cross join owed as o
where coalesce(v.amount, 0) <> coalesce(o.amount, 0)
