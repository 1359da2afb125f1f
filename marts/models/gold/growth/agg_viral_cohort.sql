-- k_cohort(h): of the users of a day of sign-up, whom they brought and how many invites they sent within h days of it. There is
-- no row before all of them are h days old. `referred_squared` adds up the squares of what each user brought: the spread
-- between users, from which the interval comes.
with horizons as (
    select 30 as horizon_days
    union all
    select 60 as horizon_days
    union all
    select 90 as horizon_days
),

users as (
    select u.user_id, u.signed_up_on, h.horizon_days
    from {{ ref('dim_user') }} as u
    cross join horizons as h
    where date_add(u.signed_up_on, h.horizon_days) <= date '{{ var("business_date") }}'
),

brought as (
    select r.inviter_user_id, h.horizon_days, count(*) as referred
    from {{ ref('fct_referred_sign_up') }} as r
    inner join horizons as h on r.cycle_seconds between 0 and 86400 * h.horizon_days
    group by r.inviter_user_id, h.horizon_days
),

invited as (
    select f.inviter_user_id, h.horizon_days, count(*) as invites
    from {{ ref('fct_referral_funnel') }} as f
    inner join horizons as h on f.seconds_from_inviter_sign_up <= 86400 * h.horizon_days
    group by f.inviter_user_id, h.horizon_days
)

select
    u.signed_up_on as cohort_on,
    u.horizon_days,
    cast(count(*) as bigint) as users,
    cast(count(i.invites) as bigint) as inviters,
    cast(coalesce(sum(i.invites), 0) as bigint) as invites,
    cast(coalesce(sum(i.invites * i.invites), 0) as bigint) as invites_squared,
    cast(coalesce(sum(b.referred), 0) as bigint) as referred,
    cast(coalesce(sum(b.referred * b.referred), 0) as bigint) as referred_squared
from users as u
left join brought as b on u.user_id = b.inviter_user_id and u.horizon_days = b.horizon_days
left join invited as i on u.user_id = i.inviter_user_id and u.horizon_days = i.horizon_days
group by u.signed_up_on, u.horizon_days
