{{ config(
    materialized='incremental',
    unique_key='user_id',
    incremental_strategy='delete+insert',
    post_hook="{% if is_incremental() %}
        delete from {{ this }}
        where
            user_id in (select user_id from {{ ref('touched_ledgers') }})
            and movement_id not in (
                select event_id from {{ ref('stg_reward_events') }}
                union all
                select concat('purchase:', p.purchase_id)
                from {{ ref('fct_purchase') }} as p
                left join {{ ref('fct_receipt') }} as r on p.receipt_id = r.receipt_id
                where p.reward_amount < 0 and coalesce(r.status, 'accepted') <> 'rejected'
                union all
                select concat('reversal:', lot_id)
                from {{ ref('reward_lots') }}
                where rejected_at >= vests_at and vested_amount > 0
            )
    {% endif %}"
) }}
-- depends_on: {{ ref('touched_ledgers') }}
-- One row per thing that happens to what a user has earned: a cash-out's steps, a clawback, a negative line, an adjustment
-- downwards, a receipt rejected after its reward had vested.
--
-- `amount` is what leaves the user's available balance, or comes back to it; `amount_if_refused` is that if the cash-out
-- was refused. A cash-out sets aside the interval [0, requested); its payments and its cancellation take
-- [settled_from, settled_to) of it, in order. What is paid beyond that, or without a request, is taken from the balance.
-- A return brings back all that was paid since the return before; a return of a return brings nothing.
with requests as (
    select
        cash_out_id,
        event_id,
        coalesce(user_id, '(unknown)') as user_id,
        occurred_at,
        amount,
        known_on,
        row_number() over (partition by cash_out_id order by occurred_at, event_id) as nth
    from {{ ref('stg_reward_events') }}
    where event_type = 'cash_out_requested' and cash_out_id is not null and amount > 0
),

steps as (
    select
        e.event_id,
        e.event_type,
        coalesce(r.user_id, e.user_id, '(unknown)') as user_id,
        e.occurred_at,
        e.known_on,
        coalesce(e.cash_out_id, concat('event:', e.event_id)) as cash_out_id,
        e.settlement_id,
        r.occurred_at <= e.occurred_at as is_requested,
        case when r.occurred_at <= e.occurred_at then r.amount else 0 end as requested,
        case when e.event_type = 'cash_out_paid' then coalesce(e.amount, 0) else 0 end as paid,
        row_number() over (
            partition by coalesce(e.cash_out_id, concat('event:', e.event_id))
            order by
                e.occurred_at,
                case e.event_type when 'cash_out_paid' then 1 when 'cash_out_cancelled' then 2 else 3 end,
                e.event_id
        ) as step
    from {{ ref('stg_reward_events') }} as e
    left join requests as r on e.cash_out_id = r.cash_out_id and r.nth = 1
    where
        e.event_type = 'cash_out_cancelled'
        or e.event_type = 'cash_out_returned'
        or (e.event_type = 'cash_out_paid' and e.amount > 0)
),

counted as (
    select
        *,
        -- Of the steps before this one.
        coalesce(sum(case when is_requested then paid else 0 end) over (
            partition by cash_out_id order by step rows between unbounded preceding and 1 preceding
        ), 0) as settled_before,
        coalesce(sum(paid) over (
            partition by cash_out_id order by step rows between unbounded preceding and 1 preceding
        ), 0) as paid_before,
        coalesce(sum(case when event_type = 'cash_out_cancelled' and is_requested then 1 else 0 end) over (
            partition by cash_out_id order by step rows between unbounded preceding and 1 preceding
        ), 0) as cancelled_before,
        coalesce(sum(case when event_type = 'cash_out_returned' then 1 else 0 end) over (
            partition by cash_out_id order by step rows between unbounded preceding and 1 preceding
        ), 0) as returned_before
    from steps
),

returned as (
    select
        event_id,
        paid_before - lag(paid_before, 1, 0) over (partition by cash_out_id order by step) as amount
    from counted
    where event_type = 'cash_out_returned'
),

settled as (
    select
        c.*,
        case when c.cancelled_before = 0 then least(c.requested, c.settled_before) else c.requested end as settled_from,
        case
            when c.cancelled_before > 0 or c.event_type = 'cash_out_cancelled' then c.requested
            else least(c.requested, c.settled_before + c.paid)
        end as settled_to,
        r.amount as returned_amount
    from counted as c
    left join returned as r on c.event_id = r.event_id
),

clawbacks as (
    select
        e.event_id,
        coalesce(e.user_id, '(unknown)') as user_id,
        e.occurred_at,
        e.known_on,
        e.amount,
        l.lot_id,
        least(
            e.amount,
            greatest(
                0,
                l.amount - coalesce(sum(e.amount) over (
                    partition by l.lot_id
                    order by e.occurred_at, e.event_id
                    rows between unbounded preceding and 1 preceding
                ), 0)
            )
        ) as taken
    from {{ ref('stg_reward_events') }} as e
    left join {{ ref('reward_lots') }} as l
        on
            e.user_id = l.user_id
            and e.source_type = l.source_type
            and e.source_id = l.source_id
            and l.source_type in ('purchase', 'referral')
            and e.occurred_at >= l.earned_at
            and e.occurred_at < least(l.vests_at, coalesce(l.rejected_at, l.vests_at))
    where e.event_type = 'reward_clawed_back' and e.amount > 0
),

movements as (
    select
        event_id as movement_id,
        user_id,
        'cash_out_request' as kind,
        'out' as direction,
        occurred_at as moved_at,
        amount,
        cast(0 as decimal(18, 4)) as amount_if_refused,
        cash_out_id,
        cast(null as string) as settlement_id,
        cast(0 as decimal(18, 4)) as settled_from,
        amount as settled_to,
        cast(0 as bigint) as returned_before,
        cast(null as string) as lot_id,
        cast(null as decimal(18, 4)) as taken_from_pending,
        'event' as source_type,
        event_id as source_id,
        known_on
    from requests
    where nth = 1
    union all
    select
        event_id,
        user_id,
        event_type,
        case when event_type = 'cash_out_paid' then 'out' else 'in' end,
        occurred_at,
        case event_type
            when 'cash_out_paid' then paid - case when cancelled_before = 0 then settled_to - settled_from else 0 end
            when 'cash_out_cancelled' then settled_to - settled_from
            else returned_amount
        end,
        case event_type
            when 'cash_out_paid' then paid
            when 'cash_out_cancelled' then 0
            else returned_amount
        end,
        cash_out_id,
        settlement_id,
        case when event_type = 'cash_out_returned' then 0 else settled_from end,
        case when event_type = 'cash_out_returned' then 0 else settled_to end,
        returned_before,
        cast(null as string),
        cast(null as decimal(18, 4)),
        'event',
        event_id,
        known_on
    from settled
    union all
    select
        event_id,
        user_id,
        'clawback',
        'out',
        occurred_at,
        amount - coalesce(taken, 0),
        amount - coalesce(taken, 0),
        cast(null as string),
        cast(null as string),
        0,
        0,
        0,
        lot_id,
        taken,
        'event',
        event_id,
        known_on
    from clawbacks
    union all
    select
        event_id,
        coalesce(user_id, '(unknown)'),
        'adjustment',
        'out',
        occurred_at,
        -amount,
        -amount,
        cast(null as string),
        cast(null as string),
        0,
        0,
        0,
        cast(null as string),
        cast(null as decimal(18, 4)),
        'event',
        event_id,
        known_on
    from {{ ref('stg_reward_events') }}
    where event_type = 'reward_adjusted' and amount < 0
    union all
    -- A line of a negative quantity takes back what such a line earns. On a rejected receipt it does nothing.
    select
        concat('purchase:', p.purchase_id),
        p.user_id,
        'accrual',
        'out',
        p.purchased_at,
        -p.reward_amount,
        -p.reward_amount,
        cast(null as string),
        cast(null as string),
        0,
        0,
        0,
        cast(null as string),
        cast(null as decimal(18, 4)),
        'purchase',
        p.purchase_id,
        c._dt
    from {{ ref('fct_purchase') }} as p
    inner join {{ ref('int_purchases_checked') }} as c on p._file_id = c._file_id and p._row_number = c._row_number
    left join {{ ref('fct_receipt') }} as r on p.receipt_id = r.receipt_id
    where p.reward_amount < 0 and coalesce(r.status, 'accepted') <> 'rejected'
    union all
    select
        concat('reversal:', lot_id),
        user_id,
        'reversal',
        'out',
        rejected_at,
        vested_amount,
        vested_amount,
        cast(null as string),
        cast(null as string),
        0,
        0,
        0,
        lot_id,
        cast(null as decimal(18, 4)),
        source_type,
        source_id,
        greatest(known_on, rejection_known_on)
    from {{ ref('reward_lots') }}
    where rejected_at >= vests_at and vested_amount > 0
)

select
    m.movement_id,
    m.user_id,
    m.kind,
    m.direction,
    m.moved_at,
    cast(m.amount as decimal(18, 4)) as amount,
    cast(m.amount_if_refused as decimal(18, 4)) as amount_if_refused,
    m.cash_out_id,
    m.settlement_id,
    cast(m.settled_from as decimal(18, 4)) as settled_from,
    cast(m.settled_to as decimal(18, 4)) as settled_to,
    cast(m.returned_before as bigint) as returned_before,
    m.lot_id,
    cast(m.taken_from_pending as decimal(18, 4)) as taken_from_pending,
    -- What comes back expires as if it had been earned when what vests now was.
    case
        when m.direction = 'in' then m.moved_at + interval '1' day * (t.expiry_days - t.vest_days)
    end as expires_at,
    m.source_type,
    m.source_id,
    m.known_on
from movements as m
inner join {{ ref('reward_term_periods') }} as t
    on {{ reporting_day('m.moved_at') }} >= t.valid_from and {{ reporting_day('m.moved_at') }} < t.valid_to
{% if is_incremental() %}
where m.user_id in (select user_id from {{ ref('touched_ledgers') }})
{% endif %}
