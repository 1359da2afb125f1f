with periods as (
    select
        product_id,
        valid_from,
        lag(valid_to) over (partition by product_id order by valid_from, valid_to) as previous_valid_to
    from {{ ref('product_history') }}
)

select product_id, valid_from, previous_valid_to
from periods
where previous_valid_to is distinct from valid_from and previous_valid_to is not null
