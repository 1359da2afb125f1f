select transaction_id, cast(sum(amount) as decimal(38, 4)) as amount
from {{ ref('fct_rewards') }}
group by transaction_id
having sum(amount) <> 0
