{{ config(materialized='incremental', unique_key=['_ingest_seq', '_row_number'], incremental_strategy='delete+insert') }}
-- depends_on: {{ ref('int_users_checked') }}
-- Every bronze row of purchases with its one outcome.
{% set columns = [
    'purchase_id', 'receipt_id', 'user_id', 'product_id', 'retailer_id', 'quantity', 'amount', 'discount',
    'purchased_at', 'purchased_on', 'op', 'updated_at', '_rescued', '_fault', '_row_hash', '_dt', '_load_seq',
    '_file_id', '_row_number', '_ingest_seq'
] %}
with typed as (
    select
        b.purchase_id,
        b.receipt_id,
        b.user_id,
        b.product_id,
        b.retailer_id,
        b.quantity as quantity_text,
        {{ whole_number('b.quantity') }} as quantity,
        b.amount as amount_text,
        {{ money('b.amount') }} as amount,
        b.discount as discount_text,
        {{ money('b.discount') }} as discount,
        b.purchased_at as purchased_at_text,
        {{ utc_timestamp('b.purchased_at') }} as purchased_at,
        b.op,
        b.updated_at as updated_at_text,
        {{ utc_timestamp('b.updated_at') }} as updated_at,
        b._rescued,
        b._row_hash,
        b._dt,
        b._load_seq,
        b._file_id,
        b._row_number,
        b._ingest_seq
    from {{ source('bronze', 'purchases') }} as b
    {{ only_new_files() }}
),

landed as (
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
        cast(from_utc_timestamp(purchased_at, '{{ var("reporting_zone") }}') as date) as purchased_on,
        op,
        updated_at,
        {{ rescued('quantity') }},
        case
            {{ unusable('purchase_id') }}
            when
                amount is null
                or purchased_at is null
                or {{ uncast('discount') }}
                or {{ uncast('updated_at') }}
                then 'bad_value'
        end as _fault,
        _row_hash,
        _dt,
        _load_seq,
        _file_id,
        _row_number,
        _ingest_seq
    from typed
),

{{ candidates('purchase_id', columns, 'user_id') }},

{{ losers_of('purchase_id') }},

{{ judged(at='purchased_at', on='purchased_on', user='user_id', orphan='u.user_id is null') }}

{{ outcomes(columns) }}
