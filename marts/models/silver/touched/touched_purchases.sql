{{ config(materialized='table') }}
-- Purchases whose row in gold may differ from the release's: they changed, or what they are described by did.
select purchase_id
from {{ ref('int_purchases_checked') }}
where _changed_seq > {{ var('release_seq') }} and purchase_id is not null
union
select purchase_id
from {{ ref('stg_purchases') }}
where user_id in (
    select user_id from {{ ref('int_users_checked') }} where _changed_seq > {{ var('release_seq') }}
    union
    select user_id from {{ ref('user_school_history') }} where _changed_seq > {{ var('release_seq') }}
)
union
select purchase_id
from {{ ref('stg_purchases') }}
where product_id in (
    select product_id from {{ ref('product_history') }} where _changed_seq > {{ var('release_seq') }}
    union
    select product_id from {{ ref('product_shelf') }} where _changed_seq > {{ var('release_seq') }}
)
