-- What is owed on the business date, by user, school and account, and whether it could be paid: what is available to users who
-- are not on hold, where it reaches the minimum of the terms (by user, or by school), and what is in settlement.
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
    select user_id, school_id, account, sum(amount) as amount
    from {{ ref('fct_rewards') }}
    where account in ('pending', 'available', 'in_settlement')
    group by user_id, school_id, account
),

judged as (
    select
        b.*,
        h.user_id is not null as is_held,
        t.minimum_payout,
        t.minimum_scope,
        sum(case when b.account = 'available' then b.amount else 0 end) over (partition by b.user_id) as available_of_user,
        sum(case when b.account = 'available' and h.user_id is null then b.amount else 0 end) over (
            partition by b.school_id
        ) as available_of_school
    from balances as b
    cross join terms as t
    left join held as h on b.user_id = h.user_id
),

standings as (
    select
        *,
        case
            when account <> 'available' then account
            when is_held then 'on_hold'
            when minimum_scope = 'school' and available_of_school < minimum_payout then 'below_minimum'
            when minimum_scope = 'user' and available_of_user < minimum_payout then 'below_minimum'
            else 'eligible'
        end as standing
    from judged
)

select
    concat(user_id, '/', coalesce(school_id, ''), '/', account) as balance_id,
    date '{{ var("business_date") }}' as as_of,
    user_id,
    school_id,
    account,
    standing,
    case when standing in ('eligible', 'in_settlement') then 'payable' else 'not_payable' end as payability,
    cast(amount as decimal(18, 4)) as amount
from standings
