{{ config(
    materialized='incremental',
    unique_key='user_id',
    incremental_strategy='delete+insert',
    post_hook="{% if is_incremental() %}
        delete from {{ this }}
        where
            user_id not in (
                select user_id from {{ ref('reward_entries') }} union all select user_id from {{ ref('closed_rewards') }}
            )
    {% endif %}"
) }}
-- depends_on: {{ ref('touched_ledgers') }}
-- depends_on: {{ ref('reward_lots') }}
-- depends_on: {{ ref('reward_queue') }}
-- The rewards ledger as it is posted. Entries of closed periods are here as they were closed. What has become of them since
-- is posted to the first open period, transaction by transaction: one that is no more what was closed is reversed whole and
-- posted again, at its own moments; one that was not known then is posted as it is. Without closes the period is the
-- month in which an entry takes effect.
with last_closed as (
    select max(period) as period from {{ ref('period_closes') }} where reopened_at is null
),

closing as (
    select
        coalesce(period, '0000-00') as closed_to,
        coalesce({{ month_after('period') }}, '0000-00') as opens
    from last_closed
),

{% if is_incremental() %}
{{ ledgers_to_make() }},

-- Beside them those whose entries in closed periods are others than were closed, as after a reopening, and those with
-- entries that a close, or the end of one, may put elsewhere.
moved as (
    select user_id from users
    union
    select c.user_id
    from {{ ref('closed_rewards') }} as c
    left join {{ this }} as t on c.entry_id = t.entry_id and c.period = t.period and c.amount = t.amount
    where t.entry_id is null
    union
    select t.user_id
    from {{ this }} as t
    cross join closing as o
    left join {{ ref('closed_rewards') }} as c on t.entry_id = c.entry_id
    where t.period <= o.closed_to and c.entry_id is null
    union
    select t.user_id
    from {{ this }} as t
    cross join closing as o
    where t.period > o.closed_to and (t.revision > 0 or substring(cast(t.effective_on as string), 1, 7) < t.period)
),
{% endif %}

entries as (
    select * from {{ ref('reward_entries') }}
    {% if is_incremental() %}
    where user_id in (select user_id from moved)
    {% endif %}
),

closed as (
    select * from {{ ref('closed_rewards') }}
    {% if is_incremental() %}
    where user_id in (select user_id from moved)
    {% endif %}
),

revisions as (
    select origin_transaction_id, max(revision) as revision from closed group by origin_transaction_id
),

-- What the closed periods come to: of each transaction that which was posted last.
standing as (
    select
        c.*,
        case
            when c.posting = 'again' then substring(c.entry_id, length(concat('again:', cast(c.revision as string), ':')) + 1)
            else c.entry_id
        end as origin_entry_id
    from closed as c
    inner join revisions as r on c.origin_transaction_id = r.origin_transaction_id and c.revision = r.revision
    where c.posting <> 'reversal'
),

wanted as (
    select e.*, r.revision
    from entries as e
    left join revisions as r on e.transaction_id = r.origin_transaction_id
),

-- Transactions that are no more what was closed, with the moment from which that is known, if anything is left of them.
changed as (
    select
        coalesce(w.transaction_id, s.origin_transaction_id) as transaction_id,
        max(w.posted_at) as posted_at
    from (select * from wanted where revision is not null) as w
    full outer join standing as s on w.entry_id = s.origin_entry_id
    group by coalesce(w.transaction_id, s.origin_transaction_id)
    having
        max(
            case
                when
                    w.entry_id is null
                    or s.entry_id is null
                    or w.amount <> s.amount
                    or w.user_id <> s.user_id
                    or w.account <> s.account
                    or w.entry_type <> s.line_type
                    or w.effective_at <> s.effective_at
                    or w.lot_id is distinct from s.lot_id
                    or w.school_id is distinct from s.school_id
                    or w.earned_on is distinct from s.earned_on
                    or w.funding_source is distinct from s.funding_source
                    or w.cash_out_id is distinct from s.cash_out_id
                    or w.settlement_id is distinct from s.settlement_id
                    or w.source_type is distinct from s.source_type
                    or w.source_id is distinct from s.source_id
                    then 1
                else 0
            end
        ) = 1
),

open_entries as (
    select
        case
            when c.transaction_id is null then w.entry_id
            else concat('again:', cast(w.revision + 1 as string), ':', w.entry_id)
        end as entry_id,
        case
            when c.transaction_id is null then w.transaction_id
            else concat('again:', cast(w.revision + 1 as string), ':', w.transaction_id)
        end as transaction_id,
        w.account,
        w.user_id,
        w.school_id,
        w.entry_type,
        w.amount,
        w.lot_id,
        w.earned_on,
        w.effective_at,
        w.effective_on,
        w.posted_at,
        w.funding_source,
        w.cash_out_id,
        w.settlement_id,
        w.reverses_entry_id,
        w.entry_type as line_type,
        w.source_type,
        w.source_id,
        case when c.transaction_id is null then 'first' else 'again' end as posting,
        case when c.transaction_id is null then 0 else w.revision + 1 end as revision,
        w.transaction_id as origin_transaction_id
    from wanted as w
    left join changed as c on w.transaction_id = c.transaction_id
    where w.revision is null or c.transaction_id is not null
    union all
    select
        concat('reversal:', cast(s.revision + 1 as string), ':', s.origin_entry_id),
        concat('reversal:', cast(s.revision + 1 as string), ':', s.origin_transaction_id),
        s.account,
        s.user_id,
        s.school_id,
        'reversal',
        cast(-s.amount as decimal(18, 4)),
        s.lot_id,
        s.earned_on,
        s.effective_at,
        s.effective_on,
        coalesce(c.posted_at, s.posted_at),
        s.funding_source,
        s.cash_out_id,
        s.settlement_id,
        s.entry_id,
        s.line_type,
        s.source_type,
        s.source_id,
        'reversal',
        s.revision + 1,
        s.origin_transaction_id
    from standing as s
    inner join changed as c on s.origin_transaction_id = c.transaction_id
)

select
    e.entry_id,
    e.transaction_id,
    e.account,
    e.user_id,
    e.school_id,
    e.entry_type,
    e.amount,
    e.lot_id,
    e.earned_on,
    e.effective_at,
    e.effective_on,
    -- What belongs to a closed period and was posted to a later one, or again, was not posted before that one began.
    case
        when substring(cast(e.effective_on as string), 1, 7) <= o.closed_to or e.posting <> 'first'
            then greatest(e.posted_at, cast(concat(o.opens, '-01 00:00:00') as timestamp))
        else e.posted_at
    end as posted_at,
    greatest(substring(cast(e.effective_on as string), 1, 7), o.opens) as period,
    e.funding_source,
    e.cash_out_id,
    e.settlement_id,
    e.reverses_entry_id,
    e.line_type,
    e.source_type,
    e.source_id,
    e.posting,
    cast(e.revision as int) as revision,
    e.origin_transaction_id
from open_entries as e
cross join closing as o
union all
select
    entry_id,
    transaction_id,
    account,
    user_id,
    school_id,
    entry_type,
    amount,
    lot_id,
    earned_on,
    effective_at,
    effective_on,
    posted_at,
    period,
    funding_source,
    cash_out_id,
    settlement_id,
    reverses_entry_id,
    line_type,
    source_type,
    source_id,
    posting,
    revision,
    origin_transaction_id
from closed
