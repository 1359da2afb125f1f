-- Users active in a calendar month, by the user's state and channel: `active_users` = `retained` (active the month before) +
-- `new_active` (for the first time) + `resurrected` (back after a month or more); `churned` were active the month before and not
-- in this one, so the month before had retained + churned. All but the first is NULL in a month that is not over, and in the
-- first observed month, of which nobody knows what was before.
with months as (
    select distinct
        a.user_id,
        cast(date_trunc('month', a.active_on) as date) as month_on
    from {{ ref('fct_activity_day') }} as a
),

beside as (
    select
        user_id,
        month_on,
        lag(month_on) over (partition by user_id order by month_on) as before_on,
        lead(month_on) over (partition by user_id order by month_on) as next_on
    from months
),

kinds as (
    select
        user_id,
        month_on,
        case
            when before_on is null then 'new'
            when before_on = cast(month_on - interval '1' month as date) then 'retained'
            else 'resurrected'
        end as kind
    from beside
    union all
    select user_id, cast(month_on + interval '1' month as date) as month_on, 'churned' as kind
    from beside
    where
        (next_on is null or next_on > cast(month_on + interval '1' month as date))
        and cast(month_on + interval '1' month as date) <= date '{{ var("business_date") }}'
),

counted as (
    select
        k.month_on,
        u.state,
        u.channel,
        count_if(k.kind <> 'churned') as active_users,
        count_if(k.kind = 'retained') as retained,
        count_if(k.kind = 'new') as new_active,
        count_if(k.kind = 'resurrected') as resurrected,
        count_if(k.kind = 'churned') as churned
    from kinds as k
    inner join {{ ref('dim_user') }} as u on k.user_id = u.user_id
    group by k.month_on, u.state, u.channel
),

marked as (
    select
        *,
        cast(month_on + interval '1' month as date) <= date_add(date '{{ var("business_date") }}', 1) as is_complete,
        cast(month_on + interval '1' month as date) <= date_add(date '{{ var("business_date") }}', 1)
        and month_on > (select min(m.month_on) from months as m) as is_mature
    from counted
)

select
    month_on,
    state,
    channel,
    is_complete,
    cast(active_users as bigint) as active_users,
    cast(case when is_mature then retained end as bigint) as retained,
    cast(case when is_mature then new_active end as bigint) as new_active,
    cast(case when is_mature then resurrected end as bigint) as resurrected,
    cast(case when is_mature then churned end as bigint) as churned,
    -- Active the month before: churned ÷ this is the month's churn.
    cast(case when is_mature then retained + churned end as bigint) as active_before
from marked
