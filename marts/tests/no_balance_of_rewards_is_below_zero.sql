-- At no moment is what is owed to a user less than nothing, in any account, nor does a user owe less than nothing.
with moments as (
    select
        user_id,
        account,
        effective_at,
        sum(case when account = 'recoverable' then -amount else amount end) as amount
    from {{ ref('fct_rewards') }}
    where account in ('pending', 'available', 'in_settlement', 'recoverable')
    group by user_id, account, effective_at
),

balances as (
    select
        user_id,
        account,
        effective_at,
        cast(sum(amount) over (partition by user_id, account order by effective_at) as decimal(38, 4)) as balance
    from moments
)

select user_id, account, effective_at, balance
from balances
where balance < 0
