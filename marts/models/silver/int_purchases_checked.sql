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

candidates as (
    select {{ listed(columns) }} from landed
    {% if is_incremental() %}
    -- All rows of the keys that landed again are judged anew.
    union all
    select {{ listed(columns) }}
    from {{ this }}
    where purchase_id in (select purchase_id from landed where purchase_id is not null)
    -- And so are rows that wait for a user who changed or came, or rest on one.
    union all
    select {{ listed(columns) }}
    from {{ this }}
    where
        (_outcome = 'live' or _reason in ('orphan_user', 'out_of_window'))
        and user_id in (
            select user_id
            from {{ ref('int_users_checked') }}
            where _changed_seq >= {{ var('state_seq') }} and user_id is not null
        )
        and purchase_id not in (select purchase_id from landed where purchase_id is not null)
    {% endif %}
),

{{ losers_of('purchase_id') }},

judged as (
    select
        c.*,
        case
            when c._fault in ('malformed', 'null_key') then c._fault
            when l.reason is not null then l.reason
            when c.op = 'D' then 'deleted'
            when c._fault is not null then c._fault
            -- Later than it landed, or from a clock that was never set, or before there was such a user.
            when
                c.purchased_on > c._dt
                or c.purchased_on < date '1990-01-01'
                or c.purchased_at < u.signed_up_at - interval '1' day
                then 'out_of_window'
            when u.user_id is null then 'orphan_user'
        end as _reason
    from candidates as c
    left join losers as l on c._ingest_seq = l._ingest_seq and c._row_number = l._row_number
    left join {{ ref('stg_users') }} as u on c.user_id = u.user_id
)

select
    {{ listed(columns) }},
    {{ outcome() }},
    _reason,
    {{ var('state_seq') }} as _changed_seq
from judged
