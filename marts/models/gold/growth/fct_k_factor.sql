{{ config(materialized='table', tags=['computed']) }}
-- depends_on: {{ ref('agg_user_invites') }}
-- depends_on: {{ ref('agg_viral_cohort') }}
-- depends_on: {{ ref('agg_viral_day') }}
-- depends_on: {{ ref('fct_referral_funnel') }}
-- depends_on: {{ ref('fct_referred_sign_up') }}
-- The k-factor and what it is made of, with 90 % intervals. The program's estimators fill the table; here is its shape.
select
    cast(null as string) as measure,
    cast(null as string) as segment,
    cast(null as date) as cohort_on,
    cast(null as int) as horizon_days,
    cast(null as bigint) as numerator,
    cast(null as bigint) as denominator,
    cast(null as decimal(18, 6)) as estimate,
    cast(null as decimal(18, 6)) as p05,
    cast(null as decimal(18, 6)) as p95,
    cast(null as boolean) as is_mature,
    cast(null as string) as method,
    cast(null as string) as parameters,
    date '{{ var("business_date") }}' as observed_through
where false
