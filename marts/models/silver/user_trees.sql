-- Who came through whom: a user's generation (0: nobody's invitee), the root of the tree and the tree's size. An
-- inviter who is not known, or is the user, makes a root; so does being in a circle of inviters, which is cut open.
with recursive users as (
    select
        u.user_id,
        case when i.user_id <> u.user_id then i.user_id end as parent_id,
        u.inviter_user_id is not null and i.user_id is null as has_unknown_inviter,
        coalesce(u.inviter_user_id = u.user_id, false) as is_self_referral
    from {{ ref('stg_users') }} as u
    left join {{ ref('stg_users') }} as i on u.inviter_user_id = i.user_id
),

reached as (
    select user_id, 0 as generation, user_id as root_user_id
    from users
    where parent_id is null
    union all
    select u.user_id, r.generation + 1 as generation, r.root_user_id
    from users as u
    inner join reached as r on u.parent_id = r.user_id
),

-- Whoever was not reached is in a circle, or came through somebody who is.
unreached as (
    select u.user_id, u.parent_id
    from users as u
    left join reached as r on u.user_id = r.user_id
    where r.user_id is null
),

climbs as (
    select user_id, parent_id as ancestor_id, 1 as steps
    from unreached
    union all
    select c.user_id, u.parent_id as ancestor_id, c.steps + 1 as steps
    from climbs as c
    inner join unreached as u on c.ancestor_id = u.user_id
    where c.ancestor_id <> c.user_id and c.steps < 99
),

circles as (
    select distinct user_id from climbs where ancestor_id = user_id
),

hanging as (
    select user_id, 0 as generation, user_id as root_user_id
    from circles
    union all
    select u.user_id, h.generation + 1 as generation, h.root_user_id
    from unreached as u
    inner join hanging as h on u.parent_id = h.user_id
    left join circles as c on u.user_id = c.user_id
    where c.user_id is null
),

placed as (
    select user_id, generation, root_user_id from reached
    union all
    select user_id, generation, root_user_id from hanging
),

sizes as (
    select root_user_id, count(*) as tree_size from placed group by root_user_id
)

select
    u.user_id,
    -- In a circle of more than 99, which nobody climbed around, each is a root.
    cast(coalesce(p.generation, 0) as int) as generation,
    coalesce(p.root_user_id, u.user_id) as root_user_id,
    cast(coalesce(s.tree_size, 1) as bigint) as tree_size,
    u.has_unknown_inviter,
    u.is_self_referral,
    c.user_id is not null or p.user_id is null as is_in_cycle,
    {{ var('state_seq') }} as _changed_seq
from users as u
left join placed as p on u.user_id = p.user_id
left join sizes as s on p.root_user_id = s.root_user_id
left join circles as c on u.user_id = c.user_id
