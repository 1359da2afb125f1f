{{ config(materialized='view') }}
-- One row per user: the version that counts, typed; a deleted user stays, marked.
with counted as (
    select * from {{ ref('int_users_checked') }} where _outcome in ('live', 'deleted')
),

-- A delete may carry the key alone: what was known before still stands.
known_before as (
    select
        *,
        row_number() over (
            partition by user_id order by updated_at desc nulls last, _ingest_seq desc, _row_number desc
        ) as from_last
    from {{ ref('int_users_checked') }}
    where
        _outcome = 'superseded'
        and _fault is null
        and coalesce(op, '') <> 'D'
        and user_id in (select user_id from {{ ref('int_users_checked') }} where _outcome = 'deleted')
)

select
    c.user_id,
    coalesce(c.email_hash, k.email_hash) as email_hash,
    coalesce(c.signed_up_at, k.signed_up_at) as signed_up_at,
    coalesce(c.signed_up_on, k.signed_up_on) as signed_up_on,
    coalesce(c.state, k.state) as state,
    coalesce(c.channel, k.channel) as channel,
    coalesce(c.school_id, k.school_id) as school_id,
    coalesce(c.inviter_user_id, k.inviter_user_id) as inviter_user_id,
    c.updated_at,
    c._outcome = 'deleted' as is_deleted,
    c._file_id,
    c._row_number,
    c._changed_seq
from counted as c
left join known_before as k on c.user_id = k.user_id and c._outcome = 'deleted' and k.from_last = 1
