-- One row per receipt. Until landing has events, every receipt with a line counts as accepted.
select
    receipt_id,
    min(user_id) as user_id,
    min(school_id) as school_id,
    min(purchased_at) as scanned_at,
    min(purchased_on) as purchased_on,
    count(*) as lines,
    cast(sum(amount) as decimal(18, 2)) as amount,
    'accepted' as status,
    cast(null as string) as rejected_reason
from {{ ref('fct_purchase') }}
where receipt_id is not null
group by receipt_id
