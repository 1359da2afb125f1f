{{ config(materialized='incremental', unique_key=['_ingest_seq', '_row_number'], incremental_strategy='delete+insert') }}
-- depends_on: {{ ref('int_users_checked') }}
-- Every bronze row of referrals with its one outcome. An unknown inviter is no fault of the invite.
{% set columns = [
    'referral_id', 'inviter_user_id', 'invitee_key', 'channel', 'invited_at', 'invited_on', 'op', 'updated_at',
    '_rescued', '_fault', '_row_hash', '_dt', '_load_seq', '_file_id', '_row_number', '_ingest_seq'
] %}
with typed as (
    select
        b.referral_id,
        b.inviter_user_id,
        b.invitee_key,
        b.channel,
        b.invited_at as invited_at_text,
        {{ utc_timestamp('b.invited_at') }} as invited_at,
        b.op,
        b.updated_at as updated_at_text,
        {{ utc_timestamp('b.updated_at') }} as updated_at,
        b._rescued,
        b._row_hash,
        b._dt,
        b._load_seq,
        b._file_id,
        b._row_number,
        b._ingest_seq
    from {{ source('bronze', 'referrals') }} as b
    {{ only_new_files() }}
),

landed as (
    select
        referral_id,
        inviter_user_id,
        invitee_key,
        channel,
        invited_at,
        cast(from_utc_timestamp(invited_at, '{{ var("reporting_zone") }}') as date) as invited_on,
        op,
        updated_at,
        _rescued,
        case
            {{ unusable('referral_id') }}
            when
                invited_at is null
                or {{ uncast('updated_at') }}
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

{{ candidates('referral_id', columns, 'inviter_user_id') }},

{{ losers_of('referral_id') }},

{{ judged(at='invited_at', on='invited_on', user='inviter_user_id') }}

{{ outcomes(columns) }}
