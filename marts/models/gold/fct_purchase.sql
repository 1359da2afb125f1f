{{ config(
    materialized='incremental',
    unique_key='purchase_id',
    incremental_strategy='delete+insert',
    post_hook="{% if is_incremental() %}
        delete from {{ this }}
        where
            purchase_id in (select purchase_id from {{ ref('touched_purchases') }})
            and purchase_id not in (
                select purchase_id
                from {{ ref('stg_purchases') }}
                where purchase_id in (select purchase_id from {{ ref('touched_purchases') }})
            )
    {% endif %}"
) }}
-- depends_on: {{ ref('touched_purchases') }}
-- One row per receipt line. `school_id` is the user's school, and `reward_amount` follows the product's terms, at the
-- moment of purchase.
select
    p.purchase_id,
    p.receipt_id,
    p.user_id,
    p.product_id,
    h.school_id,
    p.retailer_id,
    p.purchased_at,
    p.purchased_on,
    cast(hour(from_utc_timestamp(p.purchased_at, '{{ var("reporting_zone") }}')) as int) as purchased_hour,
    p.quantity,
    p.amount,
    p.discount,
    cast(
        case when c.is_eligible then coalesce(p.quantity * c.reward_per_unit, 0) else 0 end as decimal(18, 4)
    ) as reward_amount,
    cast(p.purchased_on - u.signed_up_on as int) as days_since_signup,
    p._file_id,
    p._row_number
from {{ ref('stg_purchases') }} as p
left join {{ ref('stg_users') }} as u on p.user_id = u.user_id
left join {{ ref('product_history') }} as c
    on p.product_id = c.product_id and p.purchased_at >= c.valid_from and p.purchased_at < c.valid_to
left join {{ ref('user_school_history') }} as h
    on p.user_id = h.user_id and p.purchased_at >= h.from_at and p.purchased_at < h.to_at
{% if is_incremental() %}
where p.purchase_id in (select purchase_id from {{ ref('touched_purchases') }})
{% endif %}
