select root_user_id, max(tree_size) as said, count(*) as counted
from {{ ref('dim_user') }}
group by root_user_id
having max(tree_size) <> count(*) or min(tree_size) <> count(*)
