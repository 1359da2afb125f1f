{{ config(
    materialized='incremental',
    unique_key='user_id',
    incremental_strategy='delete+insert',
    post_hook="{% if is_incremental() %}
        delete from {{ this }}
        where
            user_id in (select user_id from {{ ref('touched_ledgers') }})
            and user_id not in (select user_id from {{ ref('reward_queue') }})
    {% endif %}"
) }}
-- depends_on: {{ ref('touched_ledgers') }}
-- What of each lot came into a user's available balance by what, and left it by what: the intervals of what came in,
-- cut where those of what left begin and end. What has not left has no `out_flow_id`. What left before anything covered it
-- has a later `in_n` or, while nothing has, no `in_flow_id`.
--
-- What a cash-out brings back belongs to the lots that it took; this may go round several times. What nothing had covered
-- when it came back is a lot of its own.
with recursive queue as (
    select *
    from {{ ref('reward_queue') }}
    where
        n is not null
        {% if is_incremental() %}
        and user_id in (select user_id from {{ ref('touched_ledgers') }})
        {% endif %}
),

inflows as (
    select user_id, n, flow_id, kind, moved_at, arrived - arriving as from_position, arrived as to_position
    from queue
    where arriving > 0
),

outflows as (
    select user_id, n, flow_id, kind, cash_out_id, moved_at, from_position, to_position
    from queue
    where leaving > 0
),

points as (
    select user_id, to_position as position, n as in_n, cast(null as bigint) as out_n from inflows
    union all
    select user_id, to_position as position, cast(null as bigint) as in_n, n as out_n from outflows
),

cuts as (
    select
        user_id,
        position as to_position,
        coalesce(lag(position) over (partition by user_id order by position), 0) as from_position,
        min(in_n) over (
            partition by user_id order by position rows between current row and unbounded following
        ) as in_n,
        min(out_n) over (
            partition by user_id order by position rows between current row and unbounded following
        ) as out_n
    from points
),

cut as (
    select
        c.user_id,
        i.n as in_n,
        i.flow_id as in_flow_id,
        i.kind as in_kind,
        i.moved_at as in_at,
        o.n as out_n,
        o.flow_id as out_flow_id,
        o.kind as out_kind,
        o.cash_out_id,
        o.moved_at as out_at,
        cast(c.to_position - c.from_position as decimal(18, 4)) as amount,
        cast(c.from_position - i.from_position as decimal(18, 4)) as in_from,
        cast(c.from_position - o.from_position as decimal(18, 4)) as out_from
    from cuts as c
    left join inflows as i on c.user_id = i.user_id and c.in_n = i.n
    left join outflows as o on c.user_id = o.user_id and c.out_n = o.n
    where c.to_position > c.from_position
),

-- What each return or cancellation brings back, as parts of what had left: of the request, and of payments beyond it.
back as (
    select m.user_id, m.movement_id, m.kind, m.cash_out_id, m.settled_from, m.settled_to, m.returned_before, i.n, i.moved_at
    from {{ ref('reward_movements') }} as m
    inner join inflows as i on m.user_id = i.user_id and m.movement_id = i.flow_id
),

parts as (
    select
        b.user_id,
        b.movement_id,
        b.n,
        r.flow_id as source_flow_id,
        r.moved_at as left_at,
        b.moved_at as step_at,
        b.movement_id as step_id,
        1 as part,
        b.settled_from as source_from,
        b.settled_to as source_to
    from back as b
    inner join outflows as r on b.user_id = r.user_id and b.cash_out_id = r.cash_out_id and r.kind = 'cash_out_request'
    where b.kind = 'cash_out_cancelled'
    union all
    select
        b.user_id,
        b.movement_id,
        b.n,
        r.flow_id,
        r.moved_at,
        p.moved_at,
        p.movement_id,
        1,
        p.settled_from,
        p.settled_to
    from back as b
    inner join {{ ref('reward_movements') }} as p
        on
            b.user_id = p.user_id
            and b.cash_out_id = p.cash_out_id
            and b.returned_before = p.returned_before
            and p.kind = 'cash_out_paid'
    inner join outflows as r on b.user_id = r.user_id and b.cash_out_id = r.cash_out_id and r.kind = 'cash_out_request'
    where
        b.kind = 'cash_out_returned'
        and p.settled_to > p.settled_from
        -- Otherwise it was cancelled before it was paid.
        and p.amount < p.amount_if_refused
    union all
    select
        b.user_id,
        b.movement_id,
        b.n,
        o.flow_id,
        o.moved_at,
        p.moved_at,
        p.movement_id,
        2,
        0,
        o.to_position - o.from_position
    from back as b
    inner join {{ ref('reward_movements') }} as p
        on
            b.user_id = p.user_id
            and b.cash_out_id = p.cash_out_id
            and b.returned_before = p.returned_before
            and p.kind = 'cash_out_paid'
    inner join outflows as o on p.user_id = o.user_id and p.movement_id = o.flow_id
    where b.kind = 'cash_out_returned'
),

placed as (
    select
        *,
        coalesce(sum(source_to - source_from) over (
            partition by user_id, movement_id
            order by step_at, step_id, part
            rows between unbounded preceding and 1 preceding
        ), 0) as back_from
    from parts
),

-- Where on an earlier inflow each stretch of a later one comes from.
origins as (
    select
        p.user_id,
        p.movement_id,
        p.n as back_n,
        p.left_at,
        c.in_flow_id,
        c.in_n,
        c.in_kind,
        cast(p.back_from + greatest(p.source_from, c.out_from) - p.source_from as decimal(18, 4)) as back_from,
        cast(c.in_from + greatest(p.source_from, c.out_from) - c.out_from as decimal(18, 4)) as in_from,
        cast(
            least(p.source_to, c.out_from + c.amount) - greatest(p.source_from, c.out_from) as decimal(18, 4)
        ) as amount
    from placed as p
    inner join cut as c on p.user_id = c.user_id and p.source_flow_id = c.out_flow_id
    where c.out_from < p.source_to and c.out_from + c.amount > p.source_from
),

traced as (
    select
        user_id,
        movement_id,
        back_n,
        left_at,
        movement_id as uncovered_by,
        case when in_n < back_n then in_flow_id end as in_flow_id,
        case when in_n < back_n then in_kind end as in_kind,
        in_n,
        back_from,
        in_from,
        amount,
        1 as steps
    from origins
    union all
    select
        t.user_id,
        t.movement_id,
        t.back_n,
        t.left_at,
        o.movement_id as uncovered_by,
        case when o.in_n < o.back_n then o.in_flow_id end as in_flow_id,
        case when o.in_n < o.back_n then o.in_kind end as in_kind,
        o.in_n,
        cast(t.back_from + greatest(t.in_from, o.back_from) - t.in_from as decimal(18, 4)) as back_from,
        cast(o.in_from + greatest(t.in_from, o.back_from) - o.back_from as decimal(18, 4)) as in_from,
        cast(
            least(t.in_from + t.amount, o.back_from + o.amount) - greatest(t.in_from, o.back_from) as decimal(18, 4)
        ) as amount,
        t.steps + 1 as steps
    from traced as t
    inner join origins as o on t.user_id = o.user_id and t.in_flow_id = o.movement_id
    where
        t.in_kind <> 'vest'
        and o.back_from < t.in_from + t.amount
        and o.back_from + o.amount > t.in_from
        and t.steps < 99
),

-- By stretch of what came back: the lot, or none where nothing had covered it.
labels as (
    select
        user_id,
        movement_id,
        left_at,
        coalesce(in_flow_id, concat('returned:', uncovered_by)) as lot_id,
        back_from,
        amount
    from traced
    where in_kind = 'vest' or in_kind is null or steps = 99
)

select
    user_id,
    in_n,
    in_flow_id,
    in_kind,
    in_at,
    out_n,
    out_flow_id,
    out_kind,
    cash_out_id,
    out_at,
    in_flow_id as lot_id,
    cast(null as timestamp) as left_at,
    amount,
    in_from,
    out_from
from cut
where in_kind = 'vest' or in_kind is null
union all
select
    c.user_id,
    c.in_n,
    c.in_flow_id,
    c.in_kind,
    c.in_at,
    c.out_n,
    c.out_flow_id,
    c.out_kind,
    c.cash_out_id,
    c.out_at,
    l.lot_id,
    l.left_at,
    cast(
        least(c.in_from + c.amount, l.back_from + l.amount) - greatest(c.in_from, l.back_from) as decimal(18, 4)
    ) as amount,
    cast(greatest(c.in_from, l.back_from) as decimal(18, 4)) as in_from,
    cast(c.out_from + greatest(c.in_from, l.back_from) - c.in_from as decimal(18, 4)) as out_from
from cut as c
inner join labels as l
    on
        c.user_id = l.user_id
        and c.in_flow_id = l.movement_id
        and l.back_from < c.in_from + c.amount
        and l.back_from + l.amount > c.in_from
where c.in_kind <> 'vest'
