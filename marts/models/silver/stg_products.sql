{{ config(materialized='view') }}
-- One row per product: the version that counts, typed; a deleted product stays, marked.
with counted as (
    select * from {{ ref('int_products_checked') }} where _outcome in ('live', 'deleted')
),

-- A delete may carry the key alone: what was known before still stands.
known_before as (
    select
        *,
        row_number() over (
            partition by product_id order by updated_at desc nulls last, _ingest_seq desc, _row_number desc
        ) as from_last
    from {{ ref('int_products_checked') }}
    where
        _outcome = 'superseded'
        and _fault is null
        and coalesce(op, '') <> 'D'
        and product_id in (select product_id from {{ ref('int_products_checked') }} where _outcome = 'deleted')
)

select
    c.product_id,
    coalesce(c.name, k.name) as name,
    coalesce(c.brand, k.brand) as brand,
    coalesce(c.manufacturer_id, k.manufacturer_id) as manufacturer_id,
    coalesce(c.department, k.department) as department,
    coalesce(c.category, k.category) as category,
    coalesce(c.product_type, k.product_type) as product_type,
    coalesce(c.package_size, k.package_size) as package_size,
    coalesce(c.is_eligible, k.is_eligible) as is_eligible,
    coalesce(c.reward_per_unit, k.reward_per_unit) as reward_per_unit,
    coalesce(c.funding_source, k.funding_source) as funding_source,
    c.updated_at,
    c._outcome = 'deleted' as is_deleted,
    c._file_id,
    c._row_number,
    c._changed_seq
from counted as c
left join known_before as k on c.product_id = k.product_id and c._outcome = 'deleted' and k.from_last = 1
