{{ config(materialized='incremental', unique_key=['_ingest_seq', '_row_number'], incremental_strategy='delete+insert') }}
-- Every bronze row of schools with its one outcome.
{% set columns = [
    'school_id', 'name', 'district', 'city', 'county', 'state', 'grades', 'students', 'op', 'updated_at',
    '_rescued', '_fault', '_row_hash', '_dt', '_load_seq', '_file_id', '_row_number', '_ingest_seq'
] %}
with typed as (
    select
        b.school_id,
        b.name,
        b.district,
        b.city,
        b.county,
        b.state,
        b.grades,
        b.students as students_text,
        {{ whole_number('b.students') }} as students,
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
    from {{ source('bronze', 'schools') }} as b
    {{ only_new_files() }}
),

landed as (
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
        {{ rescued('students') }},
        case
            {{ unusable('school_id') }}
            when
                {{ uncast('updated_at') }}
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

{{ candidates('school_id', columns) }},

{{ losers_of('school_id') }},

{{ judged() }}

{{ outcomes(columns) }}
