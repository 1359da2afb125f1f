{{ config(materialized='view') }}
-- One row per user: the version that counts, typed; a deleted user stays, marked.
select
    user_id,
    signed_up_at,
    signed_up_on,
    state,
    channel,
    school_id,
    inviter_user_id,
    updated_at,
    _outcome = 'deleted' as is_deleted,
    _file_id,
    _row_number
from {{ ref('int_users_checked') }}
where _outcome in ('live', 'deleted')
