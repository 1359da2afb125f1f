{{ config(materialized='table', tags=['computed']) }}
-- depends_on: {{ ref('fct_referral_funnel') }}
-- The mixture that conversion follows: a share that will sign up, and the shape and scale of their Weibull delay. The
-- program's estimators fill the table; here is its shape.
select
    cast(null as string) as segment,
    cast(null as string) as parameter,
    cast(null as bigint) as invites,
    cast(null as bigint) as converted,
    cast(null as decimal(18, 6)) as estimate,
    cast(null as decimal(18, 6)) as p05,
    cast(null as decimal(18, 6)) as p95,
    cast(null as boolean) as is_mature,
    cast(null as decimal(18, 6)) as log_likelihood,
    cast(null as string) as method,
    date '{{ var("business_date") }}' as observed_through
where false
