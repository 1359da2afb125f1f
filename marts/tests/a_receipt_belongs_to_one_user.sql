{{ config(severity='warn', tags=['daily']) }}
select receipt_id, count(distinct user_id) as users
from {{ ref('fct_purchase') }}
where receipt_id is not null
group by receipt_id
having min(user_id) <> max(user_id)
