{{ config(materialized='incremental', unique_key=['_ingest_seq', '_row_number'], incremental_strategy='delete+insert') }}
-- Every bronze row of users with its one outcome. The e-mail stays in bronze; what goes on is a keyed hash of it.
{% set columns = [
    'user_id', 'email_hash', 'signed_up_at', 'signed_up_on', 'state', 'channel', 'school_id', 'inviter_user_id',
    'op', 'updated_at', '_rescued', '_fault', '_row_hash', '_dt', '_load_seq', '_file_id', '_row_number',
    '_ingest_seq'
] %}
with typed as (
    select
        b.user_id,
        sha2('{{ var("pseudonym_key") }}' || lower(trim(b.email)), 256) as email_hash,
        b.signed_up_at as signed_up_at_text,
        {{ utc_timestamp('b.signed_up_at') }} as signed_up_at,
        b.state,
        b.channel,
        b.school_id,
        b.inviter_user_id,
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
    from {{ source('bronze', 'users') }} as b
    {{ only_new_files() }}
),

landed as (
    select
        user_id,
        email_hash,
        signed_up_at,
        cast(from_utc_timestamp(signed_up_at, '{{ var("reporting_zone") }}') as date) as signed_up_on,
        state,
        channel,
        school_id,
        inviter_user_id,
        op,
        updated_at,
        _rescued,
        case
            {{ unusable('user_id') }}
            when
                {{ uncast('signed_up_at') }}
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

{{ candidates('user_id', columns) }},

{{ losers_of('user_id') }},

{{ judged(at='signed_up_at', on='signed_up_on') }}

{{ outcomes(columns) }}
