{{ config(materialized='view') }}
-- One row per school: the version that counts, typed; a deleted school stays, marked.
select
    school_id,
    name,
    district,
    city,
    county,
    state,
    grades,
    students,
    updated_at,
    _uncast,
    _outcome = 'deleted' as is_deleted,
    _file_id,
    _row_number
from {{ ref('int_schools_checked') }}
where _outcome in ('live', 'deleted')
