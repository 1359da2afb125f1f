{{ config(
    materialized='incremental',
    unique_key='user_id',
    incremental_strategy='delete+insert',
    post_hook="{% if is_incremental() %}
        delete from {{ this }}
        where user_id not in (select user_id from {{ ref('stg_users') }})
    {% endif %}"
) }}
-- depends_on: {{ ref('int_events_checked') }}
-- The school a user had, over time: [from_at, to_at), without gaps. The first version reaches back for ever,
-- since a purchase may come before the user's first row was written. A change that an event tells counts from the
-- event's moment; the user's row that follows it within a day adds nothing. Each version has the place where it was told.
with users as (
    select user_id
    from {{ ref('stg_users') }}
    {% if is_incremental() %}
    where user_id in (
        select user_id from {{ ref('int_users_checked') }} where _changed_seq >= {{ var('state_seq') }}
        union
        select user_id
        from {{ ref('int_events_checked') }}
        where event_type = 'school_changed' and _changed_seq >= {{ var('state_seq') }}
    )
    {% endif %}
),

events as (
    select e.user_id, e.school_id, e.occurred_at as changed_at, e._ingest_seq, e._file_id, e._row_number
    from {{ ref('stg_events') }} as e
    inner join users as u on e.user_id = u.user_id
    where e.event_type = 'school_changed' and e.school_id is not null
),

rows_of_users as (
    select
        c.user_id,
        c.school_id,
        c.updated_at as changed_at,
        c._ingest_seq,
        c._file_id,
        c._row_number,
        row_number() over (
            partition by c.user_id order by c.updated_at nulls first, c._ingest_seq, c._row_number
        ) as version
    from {{ ref('int_users_checked') }} as c
    inner join users as u on c.user_id = u.user_id
    where
        c._fault is null
        and (
            (c._outcome in ('live', 'superseded') and coalesce(c.op, '') <> 'D')
            or (c._outcome = 'deleted' and c.school_id is not null)
        )
),

told as (
    select r.user_id, r.school_id, r.changed_at, 1 as source_order, r._ingest_seq, r._file_id, r._row_number
    from rows_of_users as r
    where
        r.version = 1
        or not exists (
            select 1
            from events as e
            where
                e.user_id = r.user_id
                and e.school_id = r.school_id
                and e.changed_at between r.changed_at - interval '1' day and r.changed_at + interval '1' day
        )
    union all
    select user_id, school_id, changed_at, 2 as source_order, _ingest_seq, _file_id, _row_number from events
    union all
    -- A user of whom no school was ever told has a period all the same: it takes the place of what an increment knew before.
    select
        u.user_id,
        cast(null as string),
        cast(null as timestamp),
        0,
        cast(0 as bigint),
        cast(null as string),
        cast(0 as bigint)
    from users as u
    where
        u.user_id not in (select r.user_id from rows_of_users as r)
        and u.user_id not in (select e.user_id from events as e)
),

-- Rows without a time, and those of one time, are known by their order only: the last of them counts.
known as (
    select
        *,
        row_number() over (
            partition by user_id, changed_at order by source_order desc, _ingest_seq desc, _row_number desc
        ) as from_last
    from told
),

versions as (
    select
        user_id,
        school_id,
        changed_at,
        _file_id,
        _row_number,
        lag(school_id) over (partition by user_id order by changed_at nulls first) as previous_school_id,
        row_number() over (partition by user_id order by changed_at nulls first) as version
    from known
    where from_last = 1
),

changes as (
    select user_id, school_id, changed_at, _file_id, _row_number, version
    from versions
    where version = 1 or coalesce(school_id, '') <> coalesce(previous_school_id, '')
)

select
    user_id,
    school_id,
    case when version = 1 then timestamp '1900-01-01 00:00:00' else changed_at end as from_at,
    coalesce(
        lead(changed_at) over (partition by user_id order by version),
        timestamp '9999-12-31 00:00:00'
    ) as to_at,
    _file_id,
    _row_number,
    {{ var('state_seq') }} as _changed_seq
from changes
