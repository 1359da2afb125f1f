-- What could be paid to each school on the business date.
select
    as_of,
    school_id,
    cast(count(distinct case when amount > 0 and standing = 'eligible' then user_id end) as bigint) as payable_users,
    cast(sum(case when account = 'pending' then amount else 0 end) as decimal(18, 4)) as pending,
    cast(sum(case when account = 'available' then amount else 0 end) as decimal(18, 4)) as available,
    cast(sum(case when standing = 'on_hold' then amount else 0 end) as decimal(18, 4)) as on_hold,
    cast(sum(case when standing = 'below_minimum' then amount else 0 end) as decimal(18, 4)) as below_minimum,
    cast(sum(case when account = 'in_settlement' then amount else 0 end) as decimal(18, 4)) as in_settlement,
    cast(sum(case when payability = 'payable' then amount else 0 end) as decimal(18, 4)) as payable,
    cast(sum(amount) as decimal(18, 4)) as owed
from {{ ref('agg_rewards_balance') }}
group by as_of, school_id
