{{ config(materialized='table') }}
-- One row per change of school of a user, with the place where it was told: what an entry of source type school_change comes
-- from. The school that a user came with is no change.
select
    concat(user_id, ':', cast(from_at as string)) as school_change_id,
    user_id,
    school_id,
    from_at as changed_at,
    {{ reporting_day('from_at') }} as changed_on,
    _file_id,
    _row_number
from {{ ref('user_school_history') }}
where from_at > timestamp '1900-01-01 00:00:00'
