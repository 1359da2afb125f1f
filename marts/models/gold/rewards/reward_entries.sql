{{ config(
    materialized='incremental',
    unique_key='user_id',
    incremental_strategy='delete+insert',
    post_hook="{% if is_incremental() %}
        delete from {{ this }}
        where
            user_id in (select user_id from {{ ref('touched_ledgers') }})
            and user_id not in (
                select user_id from {{ ref('reward_lots') }} union all select user_id from {{ ref('reward_movements') }}
            )
    {% endif %}"
) }}
-- depends_on: {{ ref('touched_ledgers') }}
-- depends_on: {{ ref('reward_queue') }}
-- The rewards ledger as it would be if no period were ever closed: every transaction moves an amount of a lot from one
-- account to another, so it sums to zero. What is due by the business date is here; what will vest or expire later is not.
with
{% if is_incremental() %}
{{ ledgers_to_make() }},
{% endif %}
lots as (
    select * from {{ ref('reward_lots') }}
    {% if is_incremental() %}
    where user_id in (select user_id from users)
    {% endif %}
),

movements as (
    select * from {{ ref('reward_movements') }}
    {% if is_incremental() %}
    where user_id in (select user_id from users)
    {% endif %}
),

pieces as (
    select * from {{ ref('reward_pieces') }}
    {% if is_incremental() %}
    where user_id in (select user_id from users)
    {% endif %}
),

-- Changes of school that take the balance along.
moves as (
    select
        h.user_id,
        h.school_id,
        h.from_at,
        coalesce(
            lead(h.from_at) over (partition by h.user_id order by h.from_at), timestamp '9999-12-31 00:00:00'
        ) as to_at
    from {{ ref('user_school_history') }} as h
    inner join {{ ref('reward_term_periods') }} as t
        on {{ reporting_day('h.from_at') }} >= t.valid_from and {{ reporting_day('h.from_at') }} < t.valid_to
    where h.from_at > timestamp '1900-01-01 00:00:00' and t.moves_with_school_change
),

-- What a cash-out set aside, by lot, as intervals of it.
set_aside as (
    select user_id, cash_out_id, lot_id, out_at as set_aside_at, out_from as from_offset, out_from + amount as to_offset
    from pieces
    where out_kind = 'cash_out_request'
),

-- What is taken by what left: of what was there, at once; of what came later, when it came.
taken as (
    select
        p.*,
        p.in_n < p.out_n as is_there,
        case p.out_kind
            when 'cash_out_request' then 'in_settlement'
            when 'cash_out_paid' then 'paid'
            when 'clawback' then 'clawed_back'
            when 'expiry' then 'expired'
            else 'funding'
        end as to_account,
        case
            when p.out_kind = 'expiry' then concat('expiry:', p.out_flow_id)
            when p.out_kind = 'reversal' then p.out_flow_id
            else concat(p.out_kind, ':', p.out_flow_id)
        end as transaction_id
    from pieces as p
    where p.out_n is not null
),

-- From one account to another at `effective_at`, at the schools that the lot has at `from_school_at` and `to_school_at`.
transfers as (
    select
        user_id,
        lot_id,
        concat(entry_type, ':', lot_id) as transaction_id,
        entry_type,
        'funding' as from_account,
        'pending' as to_account,
        amount,
        earned_at as effective_at,
        earned_at as from_school_at,
        earned_at as to_school_at,
        cast(null as string) as cash_out_id,
        cast(null as string) as settlement_id,
        source_type,
        source_id,
        known_on
    from lots
    union all
    select
        user_id,
        lot_id,
        concat('reversal:', lot_id),
        'reversal',
        'pending',
        'funding',
        amount - clawed_back_amount,
        rejected_at,
        rejected_at,
        rejected_at,
        cast(null as string),
        cast(null as string),
        source_type,
        source_id,
        greatest(known_on, rejection_known_on)
    from lots
    where rejected_at < vests_at
    union all
    select
        m.user_id,
        m.lot_id,
        concat('clawback:', m.movement_id),
        'clawback',
        'pending',
        'clawed_back',
        m.taken_from_pending,
        m.moved_at,
        m.moved_at,
        m.moved_at,
        cast(null as string),
        cast(null as string),
        m.source_type,
        m.source_id,
        greatest(m.known_on, l.known_on)
    from movements as m
    inner join lots as l on m.lot_id = l.lot_id
    where m.kind = 'clawback'
    union all
    select
        user_id,
        lot_id,
        concat('vest:', lot_id),
        'vest',
        'pending',
        'available',
        vested_amount,
        vests_at,
        vests_at,
        vests_at,
        cast(null as string),
        cast(null as string),
        source_type,
        source_id,
        known_on
    from lots
    union all
    -- What is there is taken from the available balance.
    select
        t.user_id,
        t.lot_id,
        t.transaction_id,
        t.out_kind,
        'available',
        t.to_account,
        t.amount,
        t.out_at,
        t.out_at,
        t.out_at,
        t.cash_out_id,
        m.settlement_id,
        case when t.out_kind = 'expiry' then 'terms' else m.source_type end,
        case when t.out_kind = 'expiry' then t.out_flow_id else m.source_id end,
        m.known_on
    from taken as t
    left join movements as m on t.out_flow_id = m.movement_id
    where t.is_there
    union all
    -- The rest the user owes.
    select
        t.user_id,
        cast(null as string),
        t.transaction_id,
        t.out_kind,
        'recoverable',
        t.to_account,
        t.amount,
        t.out_at,
        t.out_at,
        t.out_at,
        t.cash_out_id,
        m.settlement_id,
        m.source_type,
        m.source_id,
        m.known_on
    from taken as t
    inner join movements as m on t.out_flow_id = m.movement_id
    where not coalesce(t.is_there, false)
    union all
    -- And what comes next makes up for it.
    select
        t.user_id,
        t.lot_id,
        concat('recovery:', t.in_flow_id, ':', t.out_flow_id),
        'recovery',
        'available',
        'recoverable',
        t.amount,
        t.in_at,
        t.in_at,
        t.in_at,
        t.cash_out_id,
        cast(null as string),
        m.source_type,
        m.source_id,
        m.known_on
    from taken as t
    inner join movements as m on t.out_flow_id = m.movement_id
    where not t.is_there
    union all
    -- A payment settles what was set aside.
    select
        m.user_id,
        s.lot_id,
        concat('cash_out_paid:', m.movement_id),
        'cash_out_paid',
        'in_settlement',
        'paid',
        least(m.settled_to, s.to_offset) - greatest(m.settled_from, s.from_offset),
        m.moved_at,
        s.set_aside_at,
        s.set_aside_at,
        m.cash_out_id,
        m.settlement_id,
        m.source_type,
        m.source_id,
        m.known_on
    from movements as m
    inner join set_aside as s on m.user_id = s.user_id and m.cash_out_id = s.cash_out_id
    where m.kind = 'cash_out_paid' and s.from_offset < m.settled_to and s.to_offset > m.settled_from
    union all
    -- What comes back does so at the school that it had when it left,
    select
        p.user_id,
        p.lot_id,
        concat(p.in_kind, ':', p.in_flow_id),
        p.in_kind,
        case p.in_kind when 'cash_out_cancelled' then 'in_settlement' else 'paid' end,
        'available',
        p.amount,
        p.in_at,
        p.left_at,
        p.left_at,
        m.cash_out_id,
        m.settlement_id,
        m.source_type,
        m.source_id,
        m.known_on
    from pieces as p
    inner join movements as m on p.in_flow_id = m.movement_id
    where p.in_kind <> 'vest'
    union all
    -- and then goes to the one of now.
    select
        p.user_id,
        p.lot_id,
        concat('school_transfer:', p.in_flow_id),
        'school_transfer',
        'available',
        'available',
        p.amount,
        p.in_at,
        p.left_at,
        p.in_at,
        m.cash_out_id,
        cast(null as string),
        m.source_type,
        m.source_id,
        m.known_on
    from pieces as p
    inner join movements as m on p.in_flow_id = m.movement_id
    where p.in_kind <> 'vest'
    union all
    -- A change of school takes along what is pending or available.
    select
        s.user_id,
        s.lot_id,
        concat('school_transfer:', s.user_id, ':', cast(m.from_at as string)),
        'school_transfer',
        s.account,
        s.account,
        s.amount,
        m.from_at,
        m.from_at - interval '1' microsecond,
        m.from_at,
        cast(null as string),
        cast(null as string),
        'school_change',
        concat(s.user_id, ':', cast(m.from_at as string)),
        s.known_on
    from (
        select
            l.user_id,
            l.lot_id,
            'pending' as account,
            t.taken_from_pending as amount,
            l.earned_at as start_at,
            t.moved_at as end_at,
            l.known_on
        from lots as l
        inner join movements as t on l.lot_id = t.lot_id
        where t.kind = 'clawback'
        union all
        select
            user_id,
            lot_id,
            'pending' as account,
            amount - clawed_back_amount as amount,
            earned_at as start_at,
            least(vests_at, coalesce(rejected_at, vests_at)) as end_at,
            known_on
        from lots
        union all
        select
            p.user_id,
            p.lot_id,
            'available' as account,
            p.amount,
            p.in_at as start_at,
            p.out_at as end_at,
            l.known_on
        from pieces as p
        left join lots as l on p.lot_id = l.lot_id
        where p.in_n is not null and (p.out_n is null or p.in_n < p.out_n)
    ) as s
    inner join moves as m on s.user_id = m.user_id and m.from_at > s.start_at and (s.end_at is null or m.from_at <= s.end_at)
),

due as (
    select
        t.*,
        {{ reporting_day('t.effective_at') }} as effective_on,
        l.earned_at,
        l.earned_on,
        case when l.lot_id is not null then l.funding_source when t.lot_id is not null then 'programme' end
            as funding_source,
        l.school_id as lot_school_id,
        l.entry_type as lot_entry_type,
        greatest(t.known_on, l.known_on) as posted_on
    from transfers as t
    left join lots as l on t.lot_id = l.lot_id
    where t.amount > 0 and {{ reporting_day('t.effective_at') }} <= date '{{ var("business_date") }}'
),

legs as (
    select d.*, d.from_account as account, -d.amount as signed_amount, d.from_school_at as school_at from due as d
    union all
    select d.*, d.to_account as account, d.amount as signed_amount, d.to_school_at as school_at from due as d
),

at_schools as (
    select
        g.*,
        case
            when g.earned_at is null then h.school_id
            when m.user_id is not null then m.school_id
            else g.lot_school_id
        end as school_id
    from legs as g
    left join moves as m
        on
            g.user_id = m.user_id
            and m.from_at > g.earned_at
            and g.school_at >= m.from_at
            and g.school_at < m.to_at
    left join {{ ref('user_school_history') }} as h
        on g.earned_at is null and g.user_id = h.user_id and g.school_at >= h.from_at and g.school_at < h.to_at
),

entries as (
    select
        transaction_id,
        account,
        user_id,
        school_id,
        entry_type,
        lot_id,
        cash_out_id,
        settlement_id,
        source_type,
        source_id,
        effective_at,
        effective_on,
        min(earned_on) as earned_on,
        min(funding_source) as funding_source,
        min(lot_entry_type) as lot_entry_type,
        min(lot_school_id) as lot_school_id,
        max(posted_on) as posted_on,
        cast(sum(signed_amount) as decimal(18, 4)) as amount
    from at_schools
    group by
        transaction_id,
        account,
        user_id,
        school_id,
        entry_type,
        lot_id,
        cash_out_id,
        settlement_id,
        source_type,
        source_id,
        effective_at,
        effective_on
    having sum(signed_amount) <> 0
)

select
    concat(transaction_id, '/', account, '/', coalesce(lot_id, '-'), '/', coalesce(school_id, '-')) as entry_id,
    transaction_id,
    account,
    user_id,
    school_id,
    entry_type,
    amount,
    lot_id,
    coalesce(earned_on, case when lot_id is not null then effective_on end) as earned_on,
    effective_at,
    effective_on,
    cast(greatest(effective_on, posted_on) as timestamp) as posted_at,
    funding_source,
    cash_out_id,
    settlement_id,
    case
        when entry_type = 'reversal' and account in ('pending', 'funding')
            then concat(
                lot_entry_type, ':', lot_id, '/', account, '/', lot_id, '/', coalesce(lot_school_id, '-')
            )
    end as reverses_entry_id,
    source_type,
    source_id
from entries
