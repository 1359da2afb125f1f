{{ config(materialized='view') }}
-- One row per event, typed; `receipt_id`, `referral_id`, `school_id` and `amount` are those of its properties.
select
    event_id,
    event_type,
    user_id,
    occurred_at,
    occurred_on,
    properties,
    receipt_id,
    referral_id,
    school_id,
    amount,
    _ingest_seq,
    _file_id,
    _row_number,
    _changed_seq
from {{ ref('int_events_checked') }}
where _outcome = 'live'
