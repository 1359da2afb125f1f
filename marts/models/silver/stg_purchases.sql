{{ config(materialized='view') }}
-- One row per purchase line: the version that counts, typed.
select
    purchase_id,
    receipt_id,
    user_id,
    product_id,
    retailer_id,
    quantity,
    amount,
    discount,
    purchased_at,
    purchased_on,
    updated_at,
    _rescued,
    _file_id,
    _row_number,
    _changed_seq
from {{ ref('int_purchases_checked') }}
where _outcome = 'live'
