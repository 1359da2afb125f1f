-- One row per payment run for a school: what was announced, and what the payments that name it came to. A run that only
-- payments know of was never announced.
with announced as (
    select
        settlement_id,
        school_id,
        pay_on,
        occurred_at,
        _file_id,
        _row_number,
        row_number() over (partition by settlement_id order by occurred_at desc, event_id desc) as from_last
    from {{ ref('stg_reward_events') }}
    where event_type = 'settlement_created' and settlement_id is not null
),

payments as (
    select
        settlement_id,
        count(*) as payments,
        cast(sum(amount) as decimal(18, 2)) as amount,
        max(payment_ref) as payment_ref
    from {{ ref('stg_reward_events') }}
    where event_type = 'cash_out_paid' and settlement_id is not null and amount > 0
    group by settlement_id
),

named as (
    select settlement_id from announced
    union
    select settlement_id from payments
)

select
    n.settlement_id,
    a.school_id,
    a.pay_on,
    case
        when a.settlement_id is null then 'unannounced'
        when p.settlement_id is not null then 'paid'
        when a.pay_on > date '{{ var("business_date") }}' then 'scheduled'
        else 'due'
    end as status,
    cast(coalesce(p.payments, 0) as bigint) as payments,
    coalesce(p.amount, cast(0 as decimal(18, 2))) as amount,
    p.payment_ref,
    a._file_id,
    a._row_number
from named as n
left join announced as a on n.settlement_id = a.settlement_id and a.from_last = 1
left join payments as p on n.settlement_id = p.settlement_id
