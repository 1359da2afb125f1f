-- Schools that users name but no file describes are inferred; the real row replaces them when it lands.
with named as (
    select distinct school_id
    from {{ ref('user_school_history') }}
    where school_id is not null
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
    false as is_inferred,
    is_deleted
from {{ ref('stg_schools') }}
union all
select
    n.school_id,
    cast(null as string) as name,
    cast(null as string) as district,
    cast(null as string) as city,
    cast(null as string) as county,
    cast(null as string) as state,
    cast(null as string) as grades,
    cast(null as bigint) as students,
    true as is_inferred,
    false as is_deleted
from named as n
left join {{ ref('stg_schools') }} as s on n.school_id = s.school_id
where s.school_id is null
