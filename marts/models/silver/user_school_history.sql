-- The school a user had, over time: [from_at, to_at), without gaps. The first version reaches back for ever,
-- since a purchase may come before the user's first row was written.
with known as (
    select
        c.user_id,
        c.school_id,
        c.updated_at,
        c._ingest_seq,
        c._row_number,
        row_number() over (
            partition by c.user_id, c.updated_at order by c._ingest_seq desc, c._row_number desc
        ) as from_last
    from {{ ref('int_users_checked') }} as c
    inner join {{ ref('stg_users') }} as u on c.user_id = u.user_id
    where
        c._outcome in ('live', 'superseded')
        or (c._outcome = 'deleted' and c.school_id is not null)
),

versions as (
    select
        c.user_id,
        c.school_id,
        c.updated_at,
        lag(c.school_id) over (
            partition by c.user_id order by c.updated_at nulls first, c._ingest_seq, c._row_number
        ) as previous_school_id,
        row_number() over (
            partition by c.user_id order by c.updated_at nulls first, c._ingest_seq, c._row_number
        ) as version
    from known as c
    -- Rows without a time, and those of one time, are known by their order only: the last of them counts.
    where c.from_last = 1
),

changes as (
    select user_id, school_id, updated_at, version
    from versions
    where version = 1 or coalesce(school_id, '') <> coalesce(previous_school_id, '')
)

select
    user_id,
    school_id,
    case when version = 1 then timestamp '1900-01-01 00:00:00' else updated_at end as from_at,
    coalesce(
        lead(updated_at) over (partition by user_id order by version),
        timestamp '9999-12-31 00:00:00'
    ) as to_at
from changes
