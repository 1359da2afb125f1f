-- The terms of the rewards programme, over time: each holds from its day until the next.
select
    valid_from,
    valid_to,
    vest_days,
    expiry_days,
    minimum_payout,
    bonus_inviter,
    bonus_invitee
from {{ ref('reward_term_periods') }}
where valid_from <= date '{{ var("business_date") }}'
