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
        end as _fault,
        _row_hash,
        _dt,
        _load_seq,
        _file_id,
        _row_number,
        _ingest_seq
    from typed
),

candidates as (
    select {{ listed(columns) }} from landed
    {% if is_incremental() %}
    -- All rows of the keys that landed again are judged anew.
    union all
    select {{ listed(columns) }}
    from {{ this }}
    where event_id in (select event_id from landed where event_id is not null)
    -- And so are rows that wait for a user who changed or came, or rest on one.
    union all
    select {{ listed(columns) }}
    from {{ this }}
    where
        (_outcome = 'live' or _reason in ('orphan_user', 'out_of_window'))
        and user_id in (
            select user_id
            from {{ ref('int_users_checked') }}
            where _changed_seq >= {{ var('state_seq') }} and user_id is not null
        )
        and event_id not in (select event_id from landed where event_id is not null)
    {% endif %}
),

{{ losers_of('event_id') }},

judged as (
    select
        c.*,
        case
            when c._fault in ('malformed', 'null_key') then c._fault
            when l.reason is not null then l.reason
            when c._fault is not null then c._fault
            when
                coalesce(c.event_type, '') not in (
                    'app_opened', 'receipt_scanned', 'receipt_rejected', 'invite_clicked', 'signed_up', 'school_changed',
                    'cash_out_requested', 'cash_out_cancelled', 'cash_out_paid', 'cash_out_returned',
                    'settlement_created', 'hold_placed', 'hold_released', 'reward_clawed_back', 'reward_adjusted'
                )
                then 'unknown_type'
            -- Later than it landed, or from a clock that was never set, or before there was such a user.
            when
                c.occurred_on > c._dt
                or c.occurred_on < date '1990-01-01'
                or c.occurred_at < u.signed_up_at - interval '1' day
                then 'out_of_window'
            when c.user_id is not null and u.user_id is null then 'orphan_user'
        end as _reason
    from candidates as c
    left join losers as l on c._ingest_seq = l._ingest_seq and c._row_number = l._row_number
    left join {{ ref('stg_users') }} as u on c.user_id = u.user_id
)

select
    {{ listed(columns) }},
    {{ outcome() }},
    _reason,
    {{ var('state_seq') }} as _changed_seq
from judged
