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

candidates as (
    select {{ listed(columns) }} from landed
    {% if is_incremental() %}
    -- All rows of the keys that landed again are judged anew.
    union all
    select {{ listed(columns) }}
    from {{ this }}
    where referral_id in (select referral_id from landed where referral_id is not null)
    -- And so are rows that wait for a user who changed or came, or rest on one.
    union all
    select {{ listed(columns) }}
    from {{ this }}
    where
        (_outcome = 'live' or _reason in ('orphan_user', 'out_of_window'))
        and inviter_user_id in (
            select user_id
            from {{ ref('int_users_checked') }}
            where _changed_seq >= {{ var('state_seq') }} and user_id is not null
        )
        and referral_id not in (select referral_id from landed where referral_id is not null)
    {% endif %}
),

{{ losers_of('referral_id') }},

judged as (
    select
        c.*,
        case
            when c._fault in ('malformed', 'null_key') then c._fault
            when l.reason is not null then l.reason
            when c.op = 'D' then 'deleted'
            when c._fault is not null then c._fault
            -- Later than it landed, or from a clock that was never set, or before there was such a user.
            when
                c.invited_on > c._dt
                or c.invited_on < date '1990-01-01'
                or c.invited_at < u.signed_up_at - interval '1' day
                then 'out_of_window'
        end as _reason
    from candidates as c
    left join losers as l on c._ingest_seq = l._ingest_seq and c._row_number = l._row_number
    left join {{ ref('stg_users') }} as u on c.inviter_user_id = u.user_id
)

select
    {{ listed(columns) }},
    {{ outcome() }},
    _reason,
    {{ var('state_seq') }} as _changed_seq
from judged
