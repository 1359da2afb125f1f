-- Every bronze row of users with its one outcome. The e-mail stays in bronze.
with repeated as (
    select user_id
    from {{ source('bronze', 'users') }}
    where user_id <> ''
    group by user_id
    having count(*) > 1
),

copies as (
    select
        user_id,
        updated_at,
        _ingest_seq,
        _row_number,
        row_number() over (
            partition by
                user_id, email, signed_up_at, state, channel, school_id, inviter_user_id, op, updated_at, _rescued
            order by _ingest_seq, _row_number
        ) as copy
    from {{ source('bronze', 'users') }}
    where user_id in (select user_id from repeated)
),

losers as (
    select
        _ingest_seq,
        _row_number,
        case
            when copy > 1 then 'duplicate'
            when row_number() over (
                partition by user_id, copy
                order by {{ utc_timestamp('updated_at') }} desc nulls last, _ingest_seq desc, _row_number desc
            ) > 1 then 'superseded'
        end as reason
    from copies
),

typed as (
    select
        b.user_id,
        b.signed_up_at as signed_up_at_text,
        {{ utc_timestamp('b.signed_up_at') }} as signed_up_at,
        nullif(b.state, '') as state,
        nullif(b.channel, '') as channel,
        nullif(b.school_id, '') as school_id,
        nullif(b.inviter_user_id, '') as inviter_user_id,
        b.op,
        b.updated_at as updated_at_text,
        {{ utc_timestamp('b.updated_at') }} as updated_at,
        b._rescued,
        b._file_id,
        b._row_number,
        b._ingest_seq
    from {{ source('bronze', 'users') }} as b
),

dated as (
    select
        t.*,
        cast(from_utc_timestamp(t.signed_up_at, '{{ var("reporting_zone") }}') as date) as signed_up_on
    from typed as t
),

judged as (
    select
        d.*,
        case
            when d._rescued like '{"_malformed"%' then 'malformed'
            when d.user_id is null or d.user_id = '' then 'null_key'
            when l.reason is not null then l.reason
            when d.op = 'D' then 'deleted'
            when
                (d.signed_up_at is null and d.signed_up_at_text <> '')
                or (d.updated_at is null and d.updated_at_text <> '')
                then 'bad_value'
            when d.signed_up_on > date '{{ var("business_date") }}' then 'out_of_window'
        end as _reason
    from dated as d
    left join losers as l on d._ingest_seq = l._ingest_seq and d._row_number = l._row_number
)

select
    user_id,
    signed_up_at,
    signed_up_on,
    state,
    channel,
    school_id,
    inviter_user_id,
    op,
    updated_at,
    case
        when _reason is null then 'live'
        when _reason in ('malformed', 'null_key', 'out_of_window') then 'dropped'
        when _reason = 'bad_value' then 'quarantined'
        else _reason
    end as _outcome,
    _reason,
    _file_id,
    _row_number,
    _ingest_seq
from judged
