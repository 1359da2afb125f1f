{{ config(materialized='view') }}
-- One row per school: the version that counts, typed; a deleted school stays, marked.
with counted as (
    select * from {{ ref('int_schools_checked') }} where _outcome in ('live', 'deleted')
),

-- A delete may carry the key alone: what was known before still stands.
known_before as (
    select
        *,
        row_number() over (
            partition by school_id order by updated_at desc nulls last, _ingest_seq desc, _row_number desc
        ) as from_last
    from {{ ref('int_schools_checked') }}
    where
        _outcome = 'superseded'
        and _fault is null
        and coalesce(op, '') <> 'D'
        and school_id in (select school_id from {{ ref('int_schools_checked') }} where _outcome = 'deleted')
)

select
    c.school_id,
    coalesce(c.name, k.name) as name,
    coalesce(c.district, k.district) as district,
    coalesce(c.city, k.city) as city,
    coalesce(c.county, k.county) as county,
    coalesce(c.state, k.state) as state,
    coalesce(c.grades, k.grades) as grades,
    coalesce(c.students, k.students) as students,
    c.updated_at,
    c._outcome = 'deleted' as is_deleted,
    c._file_id,
    c._row_number,
    c._changed_seq
from counted as c
left join known_before as k on c.school_id = k.school_id and c._outcome = 'deleted' and k.from_last = 1
