-- k_rolling by day: the users brought in the last 28 days, and those who signed up in the 28 days before these, who could
-- have brought them. The two are NULL until there were as many days. It is biased where growth is not steady.
with days as (
    select date_on
    from {{ ref('dim_date') }}
    where date_on >= (select min(signed_up_on) from {{ ref('dim_user') }})
),

signed_up as (
    select signed_up_on, count(*) as users
    from {{ ref('dim_user') }}
    group by signed_up_on
),

brought as (
    select signed_up_on, count(*) as users
    from {{ ref('fct_referred_sign_up') }}
    group by signed_up_on
),

counted as (
    select
        d.date_on,
        coalesce(s.users, 0) as new_users,
        coalesce(b.users, 0) as referred_users,
        row_number() over (order by d.date_on) as nth
    from days as d
    left join signed_up as s on d.date_on = s.signed_up_on
    left join brought as b on d.date_on = b.signed_up_on
),

rolled as (
    select
        date_on,
        nth,
        new_users,
        referred_users,
        sum(referred_users) over (order by date_on rows between 27 preceding and current row) as referred_28d,
        sum(new_users) over (order by date_on rows between 55 preceding and 28 preceding) as users_before
    from counted
)

select
    date_on,
    cast(new_users as bigint) as new_users,
    cast(referred_users as bigint) as referred_users,
    cast(case when nth >= 56 then referred_28d end as bigint) as referred_28d,
    cast(case when nth >= 56 then users_before end as bigint) as users_before
from rolled
