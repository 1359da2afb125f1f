{{ config(materialized='incremental', unique_key=['_ingest_seq', '_row_number'], incremental_strategy='delete+insert') }}
-- Every bronze row of products with its one outcome.
{% set columns = [
    'product_id', 'name', 'brand', 'manufacturer_id', 'department', 'category', 'product_type', 'package_size',
    'is_eligible', 'reward_per_unit', 'funding_source', 'op', 'updated_at', '_rescued', '_fault', '_row_hash',
    '_dt', '_load_seq', '_file_id', '_row_number', '_ingest_seq'
] %}
with typed as (
    select
        b.product_id,
        b.name,
        b.brand,
        b.manufacturer_id,
        b.department,
        b.category,
        b.product_type,
        b.package_size,
        b.is_eligible as is_eligible_text,
        try_cast(b.is_eligible as boolean) as is_eligible,
        b.reward_per_unit as reward_per_unit_text,
        {{ money('b.reward_per_unit', 4) }} as reward_per_unit,
        b.funding_source,
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
    from {{ source('bronze', 'products') }} as b
    {{ only_new_files() }}
),

landed as (
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
        {{ rescued('is_eligible') }},
        case
            {{ unusable('product_id') }}
            when
                {{ uncast('reward_per_unit') }}
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

{{ candidates('product_id', columns) }},

{{ losers_of('product_id') }},

{{ judged() }}

{{ outcomes(columns) }}
