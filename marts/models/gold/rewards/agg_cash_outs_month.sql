-- What could be asked for at the beginning and the end of each month, and what was asked for in it, by the day of effect.
with months as (
    select
        cast(date_trunc('month', effective_on) as date) as month_on,
        sum(amount) as change,
        sum(case when entry_type = 'cash_out_request' then -amount else 0 end) as asked,
        count(distinct case when entry_type = 'cash_out_request' then cash_out_id end) as requests
    from {{ ref('fct_rewards') }}
    where account = 'available'
    group by cast(date_trunc('month', effective_on) as date)
)

select
    month_on,
    cast(sum(change) over (order by month_on) - change as decimal(18, 4)) as opening,
    cast(sum(change) over (order by month_on) as decimal(18, 4)) as closing,
    cast(asked as decimal(18, 4)) as asked,
    cast(requests as bigint) as requests
from months
