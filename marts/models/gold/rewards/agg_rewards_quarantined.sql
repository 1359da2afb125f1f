-- What stands beside the balance: rewards of purchases that wait until they can be used.
select
    date '{{ var("business_date") }}' as as_of,
    p._reason as reason,
    cast(count(*) as bigint) as purchases,
    cast(sum(case when c.is_eligible then coalesce(p.quantity * c.reward_per_unit, 0) else 0 end) as decimal(18, 4))
        as reward_amount
from {{ ref('int_purchases_checked') }} as p
left join {{ ref('product_history') }} as c
    on p.product_id = c.product_id and p.purchased_at >= c.valid_from and p.purchased_at < c.valid_to
where p._outcome = 'quarantined'
group by p._reason
