with firsts as (
    select user_id, min(purchased_at) as first_purchase_at
    from {{ ref('fct_purchase') }}
    group by user_id
)

select
    u.user_id,
    u.signed_up_at,
    u.signed_up_on,
    u.state,
    u.channel,
    u.school_id,
    u.inviter_user_id,
    f.first_purchase_at,
    u.is_deleted,
    u._file_id,
    u._row_number
from {{ ref('stg_users') }} as u
left join firsts as f on u.user_id = f.user_id
