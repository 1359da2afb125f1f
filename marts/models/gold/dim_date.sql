-- Every day of the years that purchases touch, up to the business date. The series has constant bounds,
-- as Spark needs, and is cut to what is wanted.
with days as (
    select date_add(date '1990-01-01', cast(i as int)) as date_on
    from range(0, 54787) as r(i)
),

bounds as (
    select coalesce(min(purchased_on), date '{{ var("business_date") }}') as first_on
    from {{ ref('stg_purchases') }}
)

select
    d.date_on,
    cast(date_trunc('week', d.date_on) as date) as iso_week_on,
    cast(date_trunc('month', d.date_on) as date) as month_on,
    cast(date_trunc('quarter', d.date_on) as date) as quarter_on,
    cast(date_trunc('year', d.date_on) as date) as year_on,
    1 + cast(d.date_on - cast(date_trunc('week', d.date_on) as date) as int) as iso_day_of_week,
    -- The usual year of US schools: mid-August to mid-June.
    100 * month(d.date_on) + day(d.date_on) not between 616 and 814 as is_school_term
from days as d
cross join bounds as b
where
    d.date_on >= cast(date_trunc('year', b.first_on) as date)
    and d.date_on <= date '{{ var("business_date") }}'
