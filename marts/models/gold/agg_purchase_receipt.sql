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
                select receipt_key
                from {{ ref('agg_purchase_shelf') }}
                where receipt_key in (
                    select receipt_id from {{ ref('touched_receipts') }}
                    union all
                    select concat('line ', purchase_id) from {{ ref('touched_purchases') }}
                )
            )
    {% endif %}"
) }}
-- depends_on: {{ ref('touched_receipts') }}
-- depends_on: {{ ref('touched_purchases') }}
-- Purchases added up by receipt: what is asked of them by receipt, user, school, retailer and day is answered from here.
-- Every key by which lines of one receipt may differ is kept, so no answer is another than that from the lines.
select
    receipt_key,
    receipt_id,
    user_id,
    school_id,
    retailer_id,
    purchased_on,
    cast(sum(lines) as bigint) as lines,
    cast(sum(quantity) as bigint) as quantity,
    cast(sum(amount) as decimal(18, 2)) as amount,
    cast(sum(discount) as decimal(18, 2)) as discount,
    cast(sum(reward_amount) as decimal(18, 4)) as reward_amount
from {{ ref('agg_purchase_shelf') }}
{% if is_incremental() %}
where receipt_key in (
    select receipt_id from {{ ref('touched_receipts') }}
    union all
    select concat('line ', purchase_id) from {{ ref('touched_purchases') }}
)
{% endif %}
group by receipt_key, receipt_id, user_id, school_id, retailer_id, purchased_on
