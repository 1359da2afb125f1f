{{ config(materialized='table', tags=['computed']) }}
-- depends_on: {{ ref('fct_referral_funnel') }}
-- The share of invites that led to a sign-up, by the days since the invite: Kaplan and Meier's estimate, in which young invites
-- count as long as they were there, and the fitted mixture beside it. The program's estimators fill the table; here is its
-- shape.
select
    cast(null as string) as segment,
    cast(null as int) as days_since_invite,
    cast(null as bigint) as at_risk,
    cast(null as bigint) as converted,
    cast(null as decimal(18, 6)) as estimate,
    cast(null as decimal(18, 6)) as p05,
    cast(null as decimal(18, 6)) as p95,
    cast(null as decimal(18, 6)) as fitted,
    cast(null as decimal(18, 6)) as fitted_p05,
    cast(null as decimal(18, 6)) as fitted_p95,
    cast(null as string) as method,
    date '{{ var("business_date") }}' as observed_through
where false
