{{ config(
    materialized='incremental',
    unique_key='receipt_key',
    incremental_strategy='delete+insert',
    post_hook="{% if is_incremental() %}
        delete from {{ this }}
        where
            receipt_key in (
                select receipt_id from {{ ref('touched_receipts') }}
                union all
                select concat('line ', purchase_id) from {{ ref('touched_purchases') }}
            )
            and receipt_key not in (
                select coalesce(receipt_id, concat('line ', purchase_id))
                from {{ ref('fct_purchase') }}
                where
                    receipt_id in (select receipt_id from {{ ref('touched_receipts') }})
                    or purchase_id in (select purchase_id from {{ ref('touched_purchases') }})
            )
    {% endif %}"
) }}
-- depends_on: {{ ref('touched_receipts') }}
-- depends_on: {{ ref('touched_purchases') }}
-- fct_purchase added up by receipt and by the department and brand that the products are of now: what is asked of purchases
-- by these, and by receipt, user, school, retailer and day, is answered from here. Every key by which lines of one receipt
-- may differ is kept, so no answer is another than that from the lines. A product that moves touches its purchases.
with purchase_lines as (
    select
        *,
        coalesce(receipt_id, concat('line ', purchase_id)) as receipt_key
    from {{ ref('fct_purchase') }}
    {% if is_incremental() %}
    where
        receipt_id in (select receipt_id from {{ ref('touched_receipts') }})
        or (receipt_id is null and purchase_id in (select purchase_id from {{ ref('touched_purchases') }}))
    {% endif %}
)

select
    l.receipt_key,
    l.receipt_id,
    l.user_id,
    l.school_id,
    l.retailer_id,
    l.purchased_on,
    d.department,
    d.brand,
    cast(count(*) as bigint) as lines,
    cast(sum(l.quantity) as bigint) as quantity,
    cast(sum(l.amount) as decimal(18, 2)) as amount,
    cast(sum(l.discount) as decimal(18, 2)) as discount,
    cast(sum(l.reward_amount) as decimal(18, 4)) as reward_amount
from purchase_lines as l
left join {{ ref('dim_product') }} as d on l.product_id = d.product_id
group by
    l.receipt_key, l.receipt_id, l.user_id, l.school_id, l.retailer_id, l.purchased_on, d.department, d.brand
