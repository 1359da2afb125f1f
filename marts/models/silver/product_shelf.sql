{{ config(materialized='incremental', unique_key='product_id', incremental_strategy='delete+insert') }}
-- Where a product stands: department and brand, as the catalogue has them now. Purchases are added up under them at all
-- times, so this says when they changed. A product that no row counts for any more stands nowhere.
with landed as (
    select distinct product_id
    from {{ ref('int_products_checked') }}
    where
        product_id is not null
        {% if is_incremental() %}
        and _changed_seq >= {{ var('state_seq') }}
        {% endif %}
)

select
    l.product_id,
    s.department,
    s.brand,
    {{ var('state_seq') }} as _changed_seq
from landed as l
left join {{ ref('stg_products') }} as s on l.product_id = s.product_id
