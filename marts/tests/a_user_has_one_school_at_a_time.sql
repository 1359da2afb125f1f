with periods as (
    select
        user_id,
        from_at,
        lag(to_at) over (partition by user_id order by from_at, to_at) as previous_to_at
    from {{ ref('user_school_history') }}
)

select user_id, from_at, previous_to_at
from periods
where previous_to_at > from_at
