with events as (
    select
        cast(count_if(event_type = 'app_opened') as bigint) as opens,
        cast(count_if(event_type = 'receipt_scanned') as bigint) as scans
    from {{ ref('stg_events') }}
    where user_id is not null
),

days as (
    select coalesce(sum(opens), 0) as opens, coalesce(sum(scans), 0) as scans from {{ ref('fct_activity_day') }}
)

select e.opens, d.opens as opens_of_days, e.scans, d.scans as scans_of_days
from events as e
cross join days as d
where e.opens <> d.opens or e.scans <> d.scans
