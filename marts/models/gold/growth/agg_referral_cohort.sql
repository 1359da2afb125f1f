-- Distinct invites by the ISO week they were sent in, channel and stage. `reached` is NULL while the windows of any day of the
-- week are open: such a week is immature, whatever has come of it so far.
with stages as (
    select invited_on, channel, 'click' as stage, click_status as status, click_is_mature as is_mature
    from {{ ref('fct_referral_funnel') }}
    union all
    select invited_on, channel, 'sign_up' as stage, sign_up_status as status, sign_up_is_mature as is_mature
    from {{ ref('fct_referral_funnel') }}
    union all
    select invited_on, channel, 'purchase' as stage, purchase_status as status, purchase_is_mature as is_mature
    from {{ ref('fct_referral_funnel') }}
    union all
    select invited_on, channel, 'reward' as stage, reward_status as status, reward_is_mature as is_mature
    from {{ ref('fct_referral_funnel') }}
),

weeks as (
    select
        cast(date_trunc('week', invited_on) as date) as cohort_on,
        channel,
        stage,
        case stage when 'click' then 14 when 'sign_up' then 44 when 'purchase' then 104 else 134 end as window_days,
        count(*) as invites,
        count_if(status = 'reached') as reached,
        count_if(status = 'open') as open_invites
    from stages
    group by cast(date_trunc('week', invited_on) as date), channel, stage
)

select
    cohort_on,
    channel,
    stage,
    date_add(cohort_on, 6 + window_days) <= date '{{ var("business_date") }}' as is_mature,
    cast(invites as bigint) as invites,
    cast(
        case when date_add(cohort_on, 6 + window_days) <= date '{{ var("business_date") }}' then reached end as bigint
    ) as reached,
    cast(open_invites as bigint) as open_invites
from weeks
