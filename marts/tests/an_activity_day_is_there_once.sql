{{ config(tags=['daily']) }}
select user_id, active_on, count(*) as row_count
from {{ ref('fct_activity_day') }}
group by user_id, active_on
having count(*) > 1
