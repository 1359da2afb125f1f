{{ config(materialized='table') }}
-- Events that move money, with their properties typed. An amount may have four decimals, as rewards have, but what is asked
-- for and paid is in cents. They are few, and read many times, so they are a table of their own.
select
    event_id,
    event_type,
    user_id,
    occurred_at,
    occurred_on,
    get_json_object(properties, '$.cash_out_id') as cash_out_id,
    get_json_object(properties, '$.settlement_id') as settlement_id,
    get_json_object(properties, '$.school_id') as school_id,
    try_cast(get_json_object(properties, '$.pay_on') as date) as pay_on,
    case
        when event_type in ('cash_out_requested', 'cash_out_paid') then cast(amount as decimal(18, 4))
        else {{ money("get_json_object(properties, '$.amount')", 4) }}
    end as amount,
    get_json_object(properties, '$.payment_ref') as payment_ref,
    get_json_object(properties, '$.reason') as reason,
    get_json_object(properties, '$.source_type') as source_type,
    get_json_object(properties, '$.source_id') as source_id,
    _dt as known_on,
    _file_id,
    _row_number,
    _changed_seq
from {{ ref('int_events_checked') }}
where
    _outcome = 'live'
    and event_type in (
        'cash_out_requested', 'cash_out_cancelled', 'settlement_created', 'cash_out_paid', 'cash_out_returned',
        'hold_placed', 'hold_released', 'reward_clawed_back', 'reward_adjusted'
    )
