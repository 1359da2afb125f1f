-- Distinct users active in the last 1, 7 and 28 days, by day, and by the user's state and channel, of which each user has one:
-- sums over them are distinct counts too. A user counts from an active day on until the window has passed or the next active
-- day begins a new one, so each active day adds one and takes one off: no pair of days is compared. NULL until the window
-- lies within what was observed.
with activity as (
    select
        a.active_on,
        coalesce(u.state, '') as state,
        coalesce(u.channel, '') as channel,
        cast(
            lead(a.active_on) over (partition by a.user_id order by a.active_on) - a.active_on as int
        ) as days_to_next
    from {{ ref('fct_activity_day') }} as a
    inner join {{ ref('dim_user') }} as u on a.user_id = u.user_id
),

steps as (
    select active_on as date_on, state, channel, 1 as dau, 1 as wau, 1 as mau
    from activity
    union all
    select date_add(active_on, least(coalesce(days_to_next, 7), 7)) as date_on, state, channel, 0 as dau, -1 as wau, 0 as mau
    from activity
    union all
    select date_add(active_on, least(coalesce(days_to_next, 28), 28)) as date_on, state, channel, 0 as dau, 0 as wau, -1 as mau
    from activity
),

changes as (
    select date_on, state, channel, sum(dau) as dau, sum(wau) as wau, sum(mau) as mau
    from steps
    group by date_on, state, channel
),

kinds as (
    select state, channel, min(active_on) as first_on
    from activity
    group by state, channel
),

observed as (
    select min(active_on) as first_on from activity
),

days as (
    select d.date_on, k.state, k.channel
    from {{ ref('dim_date') }} as d
    inner join kinds as k on d.date_on >= k.first_on
),

counted as (
    select
        d.date_on,
        d.state,
        d.channel,
        coalesce(c.dau, 0) as dau,
        sum(coalesce(c.wau, 0)) over (partition by d.state, d.channel order by d.date_on) as wau,
        sum(coalesce(c.mau, 0)) over (partition by d.state, d.channel order by d.date_on) as mau,
        sum(coalesce(c.dau, 0)) over (
            partition by d.state, d.channel order by d.date_on rows between 27 preceding and current row
        ) as dau_28d
    from days as d
    left join changes as c on d.date_on = c.date_on and d.state = c.state and d.channel = c.channel
)

select
    c.date_on,
    nullif(c.state, '') as state,
    nullif(c.channel, '') as channel,
    cast(c.dau as bigint) as dau,
    cast(case when date_add(o.first_on, 6) <= c.date_on then c.wau end as bigint) as wau_7d,
    cast(case when date_add(o.first_on, 27) <= c.date_on then c.mau end as bigint) as mau_28d,
    -- The sum of the 28 days' DAU: stickiness is their mean by mau_28d.
    cast(case when date_add(o.first_on, 27) <= c.date_on then c.dau_28d end as bigint) as dau_sum_28d
from counted as c
cross join observed as o
