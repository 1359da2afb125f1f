{{ config(materialized='table') }}
-- One row per event that moves rewards, with the place where it landed: what an entry of source type event comes from.
select
    event_id,
    event_type,
    user_id,
    occurred_at,
    occurred_on,
    cast(amount as decimal(18, 2)) as amount,
    cash_out_id,
    settlement_id,
    _file_id,
    _row_number
from {{ ref('stg_reward_events') }}
