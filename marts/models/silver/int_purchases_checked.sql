-- Every bronze row of purchases with its one outcome.
with repeated as (
    select purchase_id
    from {{ source('bronze', 'purchases') }}
    where purchase_id <> ''
    group by purchase_id
    having count(*) > 1
),

-- Windows run over repeated keys only: nearly every key is there once.
copies as (
    select
        purchase_id,
        updated_at,
        _ingest_seq,
        _row_number,
        row_number() over (
            partition by
                purchase_id, receipt_id, user_id, product_id, retailer_id, quantity, amount, discount,
                purchased_at, op, updated_at, _rescued
            order by _ingest_seq, _row_number
        ) as copy
    from {{ source('bronze', 'purchases') }}
    where purchase_id in (select purchase_id from repeated)
),

losers as (
    select
        _ingest_seq,
        _row_number,
        case
            when copy > 1 then 'duplicate'
            when row_number() over (
                partition by purchase_id, copy
                order by {{ utc_timestamp('updated_at') }} desc nulls last, _ingest_seq desc, _row_number desc
            ) > 1 then 'superseded'
        end as reason
    from copies
),

typed as (
    select
        b.purchase_id,
        nullif(b.receipt_id, '') as receipt_id,
        nullif(b.user_id, '') as user_id,
        nullif(b.product_id, '') as product_id,
        nullif(b.retailer_id, '') as retailer_id,
        b.quantity as quantity_text,
        {{ whole_number('b.quantity') }} as quantity,
        {{ money('b.amount') }} as amount,
        b.discount as discount_text,
        {{ money('b.discount') }} as discount,
        {{ utc_timestamp('b.purchased_at') }} as purchased_at,
        b.op,
        b.updated_at as updated_at_text,
        {{ utc_timestamp('b.updated_at') }} as updated_at,
        b._rescued,
        b._file_id,
        b._row_number,
        b._ingest_seq
    from {{ source('bronze', 'purchases') }} as b
),

dated as (
    select
        t.*,
        cast(from_utc_timestamp(t.purchased_at, '{{ var("reporting_zone") }}') as date) as purchased_on
    from typed as t
),

judged as (
    select
        d.*,
        case
            when d._rescued like '{"_malformed"%' then 'malformed'
            when d.purchase_id is null or d.purchase_id = '' then 'null_key'
            when l.reason is not null then l.reason
            when d.op = 'D' then 'deleted'
            when
                d.amount is null
                or d.purchased_at is null
                or (d.discount is null and d.discount_text <> '')
                or (d.updated_at is null and d.updated_at_text <> '')
                then 'bad_value'
            when
                d.purchased_on > date '{{ var("business_date") }}'
                -- Before the first day of dim_date: a clock that was never set.
                or d.purchased_on < date '1990-01-01'
                or d.purchased_at < u.signed_up_at - interval '1' day
                then 'out_of_window'
            when u.user_id is null then 'orphan_user'
        end as _reason
    from dated as d
    left join losers as l on d._ingest_seq = l._ingest_seq and d._row_number = l._row_number
    left join {{ ref('stg_users') }} as u on d.user_id = u.user_id
)

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
    op,
    updated_at,
    case when quantity is null and quantity_text <> '' then 'quantity' end as _uncast,
    case
        when _reason is null then 'live'
        when _reason in ('malformed', 'null_key', 'out_of_window') then 'dropped'
        when _reason in ('bad_value', 'orphan_user') then 'quarantined'
        else _reason
    end as _outcome,
    _reason,
    _file_id,
    _row_number,
    _ingest_seq
from judged
