{{ config(tags=['daily']) }}
-- bronze = live + deleted + superseded + duplicate + dropped + quarantined, source by source.
with accounts as (
    select source, cast(sum(row_count) as bigint) as accounted
    from {{ ref('row_accounts') }}
    group by source
),

landed as (
    select 'users' as source, count(*) as landed from {{ source('bronze', 'users') }}
    union all
    select 'schools' as source, count(*) as landed from {{ source('bronze', 'schools') }}
    union all
    select 'products' as source, count(*) as landed from {{ source('bronze', 'products') }}
    union all
    select 'purchases' as source, count(*) as landed from {{ source('bronze', 'purchases') }}
    union all
    select 'referrals' as source, count(*) as landed from {{ source('bronze', 'referrals') }}
    union all
    select 'events' as source, count(*) as landed from {{ source('bronze', 'events') }}
)

select l.source, l.landed, coalesce(a.accounted, 0) as accounted
from landed as l
left join accounts as a on l.source = a.source
where l.landed <> coalesce(a.accounted, 0)
