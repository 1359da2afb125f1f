-- The terms of a product, over time: [valid_from, valid_to), without gaps; the first reach back for ever. A delete
-- changes no terms: what was bought before keeps its reward.
with known as (
    select
        product_id,
        is_eligible,
        reward_per_unit,
        funding_source,
        updated_at,
        row_number() over (
            partition by product_id, updated_at order by _ingest_seq desc, _row_number desc
        ) as from_last
    from {{ ref('int_products_checked') }}
    where _outcome in ('live', 'superseded') and _fault is null and coalesce(op, '') <> 'D'
),

versions as (
    select
        product_id,
        is_eligible,
        reward_per_unit,
        funding_source,
        updated_at,
        lag(is_eligible) over (partition by product_id order by updated_at nulls first) as previous_is_eligible,
        lag(reward_per_unit) over (partition by product_id order by updated_at nulls first) as previous_reward,
        lag(funding_source) over (partition by product_id order by updated_at nulls first) as previous_source,
        row_number() over (partition by product_id order by updated_at nulls first) as version
    from known
    where from_last = 1
),

changes as (
    select product_id, is_eligible, reward_per_unit, funding_source, updated_at, version
    from versions
    where
        version = 1
        or is_eligible is distinct from previous_is_eligible
        or reward_per_unit is distinct from previous_reward
        or funding_source is distinct from previous_source
)

select
    product_id,
    case when version = 1 then timestamp '1900-01-01 00:00:00' else updated_at end as valid_from,
    coalesce(
        lead(updated_at) over (partition by product_id order by version),
        timestamp '9999-12-31 00:00:00'
    ) as valid_to,
    is_eligible,
    reward_per_unit,
    funding_source,
    {{ var('state_seq') }} as _changed_seq
from changes
