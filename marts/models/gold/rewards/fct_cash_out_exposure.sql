{{ config(materialized='table', tags=['computed']) }}
-- depends_on: {{ ref('agg_rewards_balance') }}
-- depends_on: {{ ref('agg_cash_outs_month') }}
-- How much of what is eligible for a cash-out on the business date is asked for within some days: an estimate. The program's
-- estimators fill the table; here is its shape.
select
    cast(null as bigint) as horizon_days,
    cast(null as decimal(18, 2)) as p50,
    cast(null as decimal(18, 2)) as p80,
    cast(null as decimal(18, 2)) as p95,
    cast(null as decimal(18, 2)) as p99,
    cast(null as decimal(18, 4)) as eligible,
    cast(null as decimal(18, 6)) as rate_per_day,
    cast(null as decimal(18, 6)) as shock_variance,
    cast(null as bigint) as requests,
    cast(null as bigint) as draws,
    cast(null as bigint) as seed,
    cast(null as string) as method,
    date '{{ var("business_date") }}' as observed_through
where false
