{{ config(materialized='table') }}
-- Receipts, old and new, of touched purchases, and those that an event tells of.
select receipt_id
from {{ ref('int_purchases_checked') }}
where purchase_id in (select purchase_id from {{ ref('touched_purchases') }}) and receipt_id is not null
union
select receipt_id
from {{ ref('int_events_checked') }}
where receipt_id is not null and _changed_seq > {{ var('release_seq') }}
