{{ config(
    materialized='incremental',
    unique_key=['anchor', 'activity', 'cohort_on', 'kind', 'from_day'],
    incremental_strategy='delete+insert',
    post_hook="{% if is_incremental() %}
        delete from {{ this }} as t
        where
            not exists (
                select 1
                from {{ ref('dim_user') }} as u
                where t.anchor = 'sign_up' and u.signed_up_on = t.cohort_on
                union all
                select 1
                from (
                    select user_id, min(purchased_on) as first_on from {{ ref('agg_purchase_receipt') }} group by user_id
                ) as f
                where t.anchor = 'first_purchase' and f.first_on = t.cohort_on
            )
            or (t.activity = 'active' and (select count(*) from {{ ref('fct_activity_day') }}) = 0)
            or (t.activity = 'purchase' and (select count(*) from {{ ref('agg_purchase_receipt') }}) = 0)
    {% endif %}"
) }}
-- Who came back, by cohort: of the users who signed up (or bought for the first time) on a day, how many were active (or
-- bought) on day n after it (`n_day`), in the 91 days from n on (`unbounded`), in a week of their life (`bracket`). There is no
-- row before the whole cohort is past the window's last day.
with windows as (
    select 'n_day' as kind, cast(i as int) as from_day, cast(i as int) as to_day
    from range(0, 366) as r(i)
    where i <= 30 or i in (45, 60, 75, 90, 120, 150, 180, 270, 365)
    union all
    select 'unbounded' as kind, cast(i as int) as from_day, cast(i + 90 as int) as to_day
    from range(0, 366) as r(i)
    where i in (1, 7, 14, 30, 60, 90, 180)
    union all
    select 'bracket' as kind, cast(7 * i as int) as from_day, cast(7 * i + 6 as int) as to_day
    from range(0, 52) as r(i)
),

anchors as (
    select 'sign_up' as anchor, user_id, signed_up_on as cohort_on
    from {{ ref('dim_user') }}
    where signed_up_on is not null
    union all
    select 'first_purchase' as anchor, user_id, min(purchased_on) as cohort_on
    from {{ ref('agg_purchase_receipt') }}
    group by user_id
),

days as (
    select 'active' as activity, user_id, active_on as day_on from {{ ref('fct_activity_day') }}
    union all
    select distinct 'purchase' as activity, user_id, purchased_on as day_on from {{ ref('agg_purchase_receipt') }}
),

ages as (
    select
        a.anchor,
        d.activity,
        a.cohort_on,
        d.user_id,
        cast(d.day_on - a.cohort_on as int) as age
    from days as d
    inner join anchors as a on d.user_id = a.user_id
    where d.day_on >= a.cohort_on
),

-- A user was there in a window when the first day of theirs from its beginning on is not after its end: each window is met by
-- one of a user's days at most.
spells as (
    select
        anchor,
        activity,
        cohort_on,
        age,
        coalesce(lag(age) over (partition by anchor, activity, user_id order by age), -1) as age_before
    from ages
),

retained as (
    select s.anchor, s.activity, s.cohort_on, w.kind, w.from_day, w.to_day, count(*) as users
    from spells as s
    inner join windows as w on s.age_before < w.from_day and w.from_day <= s.age and s.age <= w.to_day
    group by s.anchor, s.activity, s.cohort_on, w.kind, w.from_day, w.to_day
),

cohorts as (
    select anchor, cohort_on, count(*) as users
    from anchors
    group by anchor, cohort_on
),

activities as (
    select distinct activity from days
),

cells as (
    select
        c.anchor,
        a.activity,
        c.cohort_on,
        w.kind,
        w.from_day,
        w.to_day,
        cast(c.users as bigint) as cohort_users,
        cast(coalesce(r.users, 0) as bigint) as retained_users
    from cohorts as c
    cross join activities as a
    inner join windows as w on date_add(c.cohort_on, w.to_day + 1) <= date '{{ var("business_date") }}'
    left join retained as r
        on
            c.anchor = r.anchor
            and a.activity = r.activity
            and c.cohort_on = r.cohort_on
            and w.kind = r.kind
            and w.from_day = r.from_day
)

select
    c.anchor,
    c.activity,
    c.cohort_on,
    c.kind,
    c.from_day,
    c.to_day,
    c.cohort_users,
    c.retained_users
from cells as c
{% if is_incremental() %}
-- All cells are counted in each run, which is quick; those that stand there already are not written again, which is not.
left join {{ this }} as t
    on
        c.anchor = t.anchor
        and c.activity = t.activity
        and c.cohort_on = t.cohort_on
        and c.kind = t.kind
        and c.from_day = t.from_day
where
    t.from_day is null or t.cohort_users <> c.cohort_users or t.retained_users <> c.retained_users
{% endif %}
