-- What could be paid to each school on the business date: what is available to users who are not on hold, where it reaches
-- the minimum of the terms (by user, or by school), and what is in settlement.
with terms as (
    select minimum_payout, minimum_scope
    from {{ ref('reward_term_periods') }}
    where valid_from <= date '{{ var("business_date") }}' and valid_to > date '{{ var("business_date") }}'
),

-- A hold of no cash-out is on all of a user's balance; the last word counts.
told as (
    select
        user_id,
        event_type,
        row_number() over (partition by user_id order by occurred_at desc, event_id desc) as from_last
    from {{ ref('stg_reward_events') }}
    where event_type in ('hold_placed', 'hold_released') and cash_out_id is null
),

held as (
    select user_id from told where from_last = 1 and event_type = 'hold_placed'
),

balances as (
    select
        r.user_id,
        r.school_id,
        sum(case when r.account = 'pending' then r.amount else 0 end) as pending,
        sum(case when r.account = 'available' then r.amount else 0 end) as available,
        sum(case when r.account = 'in_settlement' then r.amount else 0 end) as in_settlement
    from {{ ref('fct_rewards') }} as r
    where r.account in ('pending', 'available', 'in_settlement')
    group by r.user_id, r.school_id
),

judged as (
    select
        b.*,
        h.user_id is not null as is_held,
        t.minimum_payout,
        t.minimum_scope,
        sum(b.available) over (partition by b.user_id) as available_of_user,
        sum(case when h.user_id is null then b.available else 0 end) over (partition by b.school_id) as available_of_school
    from balances as b
    cross join terms as t
    left join held as h on b.user_id = h.user_id
),

split as (
    select
        *,
        case
            when is_held then 'held'
            when minimum_scope = 'school' and available_of_school < minimum_payout then 'small'
            when minimum_scope = 'user' and available_of_user < minimum_payout then 'small'
            else 'payable'
        end as state
    from judged
)

select
    date '{{ var("business_date") }}' as as_of,
    school_id,
    cast(count(distinct case when available > 0 and state = 'payable' then user_id end) as bigint) as payable_users,
    cast(sum(pending) as decimal(18, 4)) as pending,
    cast(sum(available) as decimal(18, 4)) as available,
    cast(sum(case when state = 'held' then available else 0 end) as decimal(18, 4)) as on_hold,
    cast(sum(case when state = 'small' then available else 0 end) as decimal(18, 4)) as below_minimum,
    cast(sum(in_settlement) as decimal(18, 4)) as in_settlement,
    cast(sum(case when state = 'payable' then available else 0 end) + sum(in_settlement) as decimal(18, 4)) as payable,
    cast(sum(pending) + sum(available) + sum(in_settlement) as decimal(18, 4)) as owed
from split
group by school_id
