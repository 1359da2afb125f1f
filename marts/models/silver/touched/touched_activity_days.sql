{{ config(materialized='table') }}
-- Days of users on which an event came or went.
select distinct user_id, occurred_on as active_on
from {{ ref('int_events_checked') }}
where
    event_type in ('app_opened', 'receipt_scanned')
    and user_id is not null
    and occurred_on is not null
    and _changed_seq > {{ var('release_seq') }}
