-- Every bronze row of schools with its one outcome.
with repeated as (
    select school_id
    from {{ source('bronze', 'schools') }}
    where school_id <> ''
    group by school_id
    having count(*) > 1
),

copies as (
    select
        school_id,
        updated_at,
        _ingest_seq,
        _row_number,
        row_number() over (
            partition by
                school_id, name, district, city, county, state, grades, students, op, updated_at, _rescued
            order by _ingest_seq, _row_number
        ) as copy
    from {{ source('bronze', 'schools') }}
    where school_id in (select school_id from repeated)
),

losers as (
    select
        _ingest_seq,
        _row_number,
        case
            when copy > 1 then 'duplicate'
            when row_number() over (
                partition by school_id, copy
                order by {{ utc_timestamp('updated_at') }} desc nulls last, _ingest_seq desc, _row_number desc
            ) > 1 then 'superseded'
        end as reason
    from copies
),

typed as (
    select
        b.school_id,
        nullif(b.name, '') as name,
        nullif(b.district, '') as district,
        nullif(b.city, '') as city,
        nullif(b.county, '') as county,
        nullif(b.state, '') as state,
        nullif(b.grades, '') as grades,
        b.students as students_text,
        {{ whole_number('b.students') }} as students,
        b.op,
        b.updated_at as updated_at_text,
        {{ utc_timestamp('b.updated_at') }} as updated_at,
        b._rescued,
        b._file_id,
        b._row_number,
        b._ingest_seq
    from {{ source('bronze', 'schools') }} as b
),

judged as (
    select
        t.*,
        case
            when t._rescued like '{"_malformed"%' then 'malformed'
            when t.school_id is null or t.school_id = '' then 'null_key'
            when l.reason is not null then l.reason
            when t.op = 'D' then 'deleted'
            when t.updated_at is null and t.updated_at_text <> '' then 'bad_value'
        end as _reason
    from typed as t
    left join losers as l on t._ingest_seq = l._ingest_seq and t._row_number = l._row_number
)

select
    school_id,
    name,
    district,
    city,
    county,
    state,
    grades,
    students,
    op,
    updated_at,
    case when students is null and students_text <> '' then 'students' end as _uncast,
    case
        when _reason is null then 'live'
        when _reason in ('malformed', 'null_key') then 'dropped'
        when _reason = 'bad_value' then 'quarantined'
        else _reason
    end as _outcome,
    _reason,
    _file_id,
    _row_number,
    _ingest_seq
from judged
