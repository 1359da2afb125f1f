-- Whatever was closed and posted again, each transaction comes to what it is: by account, user, school, lot and moment.
{% set columns = 'account, user_id, school_id, lot_id, earned_on, funding_source, effective_at' %}
with sides as (
    select origin_transaction_id as transaction_id, line_type, {{ columns }}, amount from {{ ref('fct_rewards') }}
    union all
    select transaction_id, entry_type as line_type, {{ columns }}, -amount as amount from {{ ref('reward_entries') }}
)

select transaction_id, line_type, {{ columns }}, cast(sum(amount) as decimal(38, 4)) as too_much
from sides
group by transaction_id, line_type, {{ columns }}
having sum(amount) <> 0
