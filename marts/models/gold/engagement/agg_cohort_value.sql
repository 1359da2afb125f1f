-- What a cohort of users has bought and earned by an age of so many days, from the sign-up or the first purchase on: repeat rate
-- and lifetime value at a fixed age. There is no row before the whole cohort is older than that. `amount` is retail spend, not
-- revenue.
with horizons as (
    select cast(i as int) as horizon_days
    from range(0, 366) as r(i)
    where i in (7, 14, 30, 60, 90, 180, 270, 365)
),

receipts as (
    select
        receipt_key,
        user_id,
        min(purchased_on) as purchased_on,
        sum(amount) as amount,
        sum(reward_amount) as reward_amount
    from {{ ref('agg_purchase_receipt') }}
    group by receipt_key, user_id
),

anchors as (
    select 'sign_up' as anchor, user_id, signed_up_on as cohort_on
    from {{ ref('dim_user') }}
    where signed_up_on is not null
    union all
    select 'first_purchase' as anchor, user_id, min(purchased_on) as cohort_on
    from receipts
    group by user_id
),

ages as (
    select
        a.anchor,
        a.cohort_on,
        cast(r.purchased_on - a.cohort_on as int) as age,
        r.amount,
        r.reward_amount,
        row_number() over (partition by a.anchor, a.user_id order by r.purchased_on, r.receipt_key) as nth
    from receipts as r
    inner join anchors as a on r.user_id = a.user_id
),

by_age as (
    select
        anchor,
        cohort_on,
        age,
        count_if(nth = 1) as buyers,
        count_if(nth = 2) as repeaters,
        count(*) as receipts,
        sum(amount) as amount,
        sum(reward_amount) as reward_amount
    from ages
    group by anchor, cohort_on, age
),

cohorts as (
    select anchor, cohort_on, count(*) as users
    from anchors
    group by anchor, cohort_on
)

select
    c.anchor,
    c.cohort_on,
    h.horizon_days,
    cast(c.users as bigint) as cohort_users,
    cast(coalesce(sum(b.buyers), 0) as bigint) as buyers,
    cast(coalesce(sum(b.repeaters), 0) as bigint) as repeaters,
    cast(coalesce(sum(b.receipts), 0) as bigint) as receipts,
    cast(coalesce(sum(b.amount), 0) as decimal(18, 2)) as amount,
    cast(coalesce(sum(b.reward_amount), 0) as decimal(18, 4)) as reward_amount
from cohorts as c
inner join horizons as h on date_add(c.cohort_on, h.horizon_days + 1) <= date '{{ var("business_date") }}'
left join by_age as b on c.anchor = b.anchor and c.cohort_on = b.cohort_on and b.age <= h.horizon_days
group by c.anchor, c.cohort_on, h.horizon_days, c.users
