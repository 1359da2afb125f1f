{{ config(materialized='table') }}
-- Products that changed, or were named by purchases that did.
select product_id
from {{ ref('int_products_checked') }}
where _changed_seq > {{ var('release_seq') }} and product_id is not null
union
select product_id
from {{ ref('int_purchases_checked') }}
where _changed_seq > {{ var('release_seq') }} and product_id is not null
