{{ config(
    materialized='incremental',
    unique_key='product_id',
    incremental_strategy='delete+insert',
    post_hook="{% if is_incremental() %}
        delete from {{ this }}
        where
            product_id in (select product_id from {{ ref('touched_products') }})
            and product_id not in (select product_id from {{ ref('stg_products') }})
            and product_id not in (select product_id from {{ ref('product_history') }})
            and product_id not in (
                select product_id
                from {{ ref('stg_purchases') }}
                where product_id in (select product_id from {{ this }} where is_inferred)
            )
    {% endif %}"
) }}
-- depends_on: {{ ref('touched_products') }}
-- Products that were sold, or had terms, but have no row that counts are inferred; the real row replaces them when it
-- lands.
with named as (
    select product_id from {{ ref('product_history') }}
    union
    select product_id from {{ ref('stg_purchases') }} where product_id is not null
),

nameless as (
    select product_id
    from named
    where
        product_id not in (select product_id from {{ ref('stg_products') }})
        {% if is_incremental() %}
        and product_id in (select product_id from {{ ref('touched_products') }})
        {% endif %}
)

select
    product_id,
    name,
    brand,
    manufacturer_id,
    department,
    category,
    product_type,
    is_eligible,
    reward_per_unit,
    funding_source,
    false as is_inferred,
    is_deleted
from {{ ref('stg_products') }}
{% if is_incremental() %}
where product_id in (select product_id from {{ ref('touched_products') }})
{% endif %}
union all
select
    s.product_id,
    cast(null as string) as name,
    cast(null as string) as brand,
    cast(null as string) as manufacturer_id,
    cast(null as string) as department,
    cast(null as string) as category,
    cast(null as string) as product_type,
    cast(null as boolean) as is_eligible,
    cast(null as decimal(18, 4)) as reward_per_unit,
    cast(null as string) as funding_source,
    true as is_inferred,
    false as is_deleted
from nameless as s
