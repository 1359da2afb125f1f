{{ config(materialized='table') }}
-- Users who changed, whose tree did, or whose purchases or receipts did.
select user_id from {{ ref('int_users_checked') }} where _changed_seq > {{ var('release_seq') }} and user_id is not null
union
select user_id from {{ ref('user_school_history') }} where _changed_seq > {{ var('release_seq') }}
union
select user_id from {{ ref('user_trees') }} where _changed_seq > {{ var('release_seq') }}
union
select user_id
from {{ ref('int_purchases_checked') }}
where _changed_seq > {{ var('release_seq') }} and user_id is not null
union
select user_id
from {{ ref('int_purchases_checked') }}
where
    receipt_id in (
        select receipt_id
        from {{ ref('int_events_checked') }}
        where event_type = 'receipt_rejected' and _changed_seq > {{ var('release_seq') }}
    )
    and user_id is not null
