{{ config(materialized='incremental', unique_key=['_ingest_seq', '_row_number'], incremental_strategy='delete+insert') }}
-- depends_on: {{ ref('int_users_checked') }}
-- Every bronze row of events with its one outcome, and those of its properties that other models join by.
{% set columns = [
    'event_id', 'event_type', 'user_id', 'occurred_at', 'occurred_on', 'properties', 'receipt_id', 'referral_id',
    'school_id', 'amount', 'updated_at', '_rescued', '_fault', '_row_hash', '_dt', '_load_seq', '_file_id',
    '_row_number', '_ingest_seq'
] %}
with typed as (
    select
        b.event_id,
        b.event_type,
        b.user_id,
        b.occurred_at as occurred_at_text,
        {{ utc_timestamp('b.occurred_at') }} as occurred_at,
        b.properties,
        case
            when b.event_type in ('receipt_scanned', 'receipt_rejected')
                then get_json_object(b.properties, '$.receipt_id')
        end as receipt_id,
        case
            when b.event_type in ('invite_clicked', 'signed_up')
                then get_json_object(b.properties, '$.referral_id')
        end as referral_id,
        case
            when b.event_type = 'school_changed'
                then get_json_object(b.properties, '$.school_id')
        end as school_id,
        case
            when
                b.event_type in (
                    'cash_out_requested', 'cash_out_paid', 'reward_clawed_back', 'reward_adjusted'
                )
                then get_json_object(b.properties, '$.amount')
        end as amount_text,
        b._rescued,
        b._row_hash,
        b._dt,
        b._load_seq,
        b._file_id,
        b._row_number,
        b._ingest_seq
    from {{ source('bronze', 'events') }} as b
    {{ only_new_files() }}
),

landed as (
    select
        event_id,
        event_type,
        user_id,
        occurred_at,
        cast(from_utc_timestamp(occurred_at, '{{ var("reporting_zone") }}') as date) as occurred_on,
        properties,
        receipt_id,
        referral_id,
        school_id,
        {{ money('amount_text') }} as amount,
        cast(null as timestamp) as updated_at,
        _rescued,
        case
            {{ unusable('event_id') }}
            when
                occurred_at is null
                or ({{ money('amount_text') }} is null and amount_text is not null)
                then 'bad_value'
            when
                coalesce(event_type, '') not in (
                    'app_opened', 'receipt_scanned', 'receipt_rejected', 'invite_clicked', 'signed_up', 'school_changed',
                    'cash_out_requested', 'cash_out_cancelled', 'cash_out_paid', 'cash_out_returned',
                    'settlement_created', 'hold_placed', 'hold_released', 'reward_clawed_back', 'reward_adjusted'
                )
                then 'unknown_type'
        end as _fault,
        _row_hash,
        _dt,
        _load_seq,
        _file_id,
        _row_number,
        _ingest_seq
    from typed
),

{{ candidates('event_id', columns, 'user_id') }},

{{ losers_of('event_id') }},

{{ judged(
    has_op=false, at='occurred_at', on='occurred_on', user='user_id',
    orphan='c.user_id is not null and u.user_id is null'
) }}

{{ outcomes(columns) }}
