-- One row per product between two changes of its terms: [valid_from, valid_to).
select product_id, valid_from, valid_to, is_eligible, reward_per_unit, funding_source
from {{ ref('product_history') }}
