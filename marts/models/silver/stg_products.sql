{{ config(materialized='view') }}
-- One row per product: the version that counts, typed; a deleted product stays, marked.
select
    product_id,
    name,
    brand,
    manufacturer_id,
    department,
    category,
    product_type,
    package_size,
    is_eligible,
    reward_per_unit,
    funding_source,
    updated_at,
    _uncast,
    _outcome = 'deleted' as is_deleted,
    _file_id,
    _row_number
from {{ ref('int_products_checked') }}
where _outcome in ('live', 'deleted')
