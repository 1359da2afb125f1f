-- One row per tree of users who brought each other, named by its root.
with trees as (
    select
        root_user_id,
        cast(count(*) as bigint) as users,
        max(generation) as depth,
        cast(sum(generation) as bigint) as generations,
        cast(count_if(generation = 1) as bigint) as invited_by_root,
        max(signed_up_on) as last_signed_up_on
    from {{ ref('dim_user') }}
    group by root_user_id
)

select
    t.root_user_id,
    u.signed_up_on,
    u.state,
    u.channel,
    t.users,
    t.depth,
    t.generations,
    t.invited_by_root,
    t.last_signed_up_on,
    -- By size: the first is the largest.
    cast(row_number() over (order by t.users desc, t.depth desc, t.root_user_id) as bigint) as size_rank
from trees as t
inner join {{ ref('dim_user') }} as u on t.root_user_id = u.user_id
