-- Every bronze row of products with its one outcome.
with repeated as (
    select product_id
    from {{ source('bronze', 'products') }}
    where product_id <> ''
    group by product_id
    having count(*) > 1
),

copies as (
    select
        product_id,
        updated_at,
        _ingest_seq,
        _row_number,
        row_number() over (
            partition by
                product_id, name, brand, manufacturer_id, department, category, product_type, package_size,
                is_eligible, reward_per_unit, funding_source, op, updated_at, _rescued
            order by _ingest_seq, _row_number
        ) as copy
    from {{ source('bronze', 'products') }}
    where product_id in (select product_id from repeated)
),

losers as (
    select
        _ingest_seq,
        _row_number,
        case
            when copy > 1 then 'duplicate'
            when row_number() over (
                partition by product_id, copy
                order by {{ utc_timestamp('updated_at') }} desc nulls last, _ingest_seq desc, _row_number desc
            ) > 1 then 'superseded'
        end as reason
    from copies
),

typed as (
    select
        b.product_id,
        nullif(b.name, '') as name,
        nullif(b.brand, '') as brand,
        nullif(b.manufacturer_id, '') as manufacturer_id,
        nullif(b.department, '') as department,
        nullif(b.category, '') as category,
        nullif(b.product_type, '') as product_type,
        nullif(b.package_size, '') as package_size,
        b.is_eligible as is_eligible_text,
        try_cast(b.is_eligible as boolean) as is_eligible,
        b.reward_per_unit as reward_per_unit_text,
        {{ money('b.reward_per_unit', 4) }} as reward_per_unit,
        nullif(b.funding_source, '') as funding_source,
        b.op,
        b.updated_at as updated_at_text,
        {{ utc_timestamp('b.updated_at') }} as updated_at,
        b._rescued,
        b._file_id,
        b._row_number,
        b._ingest_seq
    from {{ source('bronze', 'products') }} as b
),

judged as (
    select
        t.*,
        case
            when t._rescued like '{"_malformed"%' then 'malformed'
            when t.product_id is null or t.product_id = '' then 'null_key'
            when l.reason is not null then l.reason
            when t.op = 'D' then 'deleted'
            when
                (t.reward_per_unit is null and t.reward_per_unit_text <> '')
                or (t.updated_at is null and t.updated_at_text <> '')
                then 'bad_value'
        end as _reason
    from typed as t
    left join losers as l on t._ingest_seq = l._ingest_seq and t._row_number = l._row_number
)

select
    product_id,
    name,
    brand,
    manufacturer_id,
    department,
    category,
    product_type,
    package_size,
    is_eligible,
    reward_per_unit,
    funding_source,
    op,
    updated_at,
    case when is_eligible is null and is_eligible_text <> '' then 'is_eligible' end as _uncast,
    case
        when _reason is null then 'live'
        when _reason in ('malformed', 'null_key') then 'dropped'
        when _reason = 'bad_value' then 'quarantined'
        else _reason
    end as _outcome,
    _reason,
    _file_id,
    _row_number,
    _ingest_seq
from judged
