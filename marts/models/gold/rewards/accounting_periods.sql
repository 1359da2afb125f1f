-- The months of the rewards ledger, up to that of the business date: which are closed, by whom, from which release. Of a month
-- that was closed more than once the last close counts; one that was reopened and not closed again is open.
with closes as (
    select
        *,
        row_number() over (partition by period order by closed_at desc) as from_last,
        count(*) over (partition by period) as times_closed
    from {{ ref('period_closes') }}
),

ledger as (
    select period, count(*) as entries from {{ ref('fct_rewards') }} group by period
),

months as (
    select distinct substring(cast(month_on as string), 1, 7) as period, month_on
    from {{ ref('dim_date') }}
    where substring(cast(month_on as string), 1, 7) >= (select min(period) from ledger)
)

select
    m.period,
    m.month_on,
    case
        when c.period is null then 'open'
        when c.reopened_at is null then 'closed'
        else 'reopened'
    end as state,
    c.closed_at,
    c.closed_by,
    c.release_id,
    c.reopened_at,
    c.reopened_by,
    c.reason,
    cast(coalesce(c.times_closed, 0) as bigint) as times_closed,
    cast(coalesce(l.entries, 0) as bigint) as entries,
    c.quarantined_rows,
    c.quarantined_amount,
    c.sha256
from months as m
left join closes as c on m.period = c.period and c.from_last = 1
left join ledger as l on m.period = l.period
