-- One row per user who signed up: whom they invited and brought, and how long they have had to.
with invited as (
    select
        inviter_user_id,
        count(*) as invites,
        sum(touches) as touches,
        count_if(click_status = 'reached') as clicked,
        count_if(sign_up_status = 'open') as open_invites,
        min(invited_on) as first_invited_on,
        max(invited_on) as last_invited_on
    from {{ ref('fct_referral_funnel') }}
    group by inviter_user_id
),

brought as (
    select
        inviter_user_id,
        count(*) as sign_ups,
        count(referral_id) as named_sign_ups,
        min(cycle_seconds) as first_cycle_seconds
    from {{ ref('fct_referred_sign_up') }}
    group by inviter_user_id
)

select
    u.user_id,
    u.signed_up_on,
    u.state,
    u.channel,
    {{ seconds_observed('u.signed_up_at') }} as seconds_observed,
    cast(coalesce(i.invites, 0) as bigint) as invites,
    cast(coalesce(i.touches, 0) as bigint) as touches,
    cast(coalesce(i.clicked, 0) as bigint) as clicked,
    cast(coalesce(i.open_invites, 0) as bigint) as open_invites,
    cast(coalesce(b.sign_ups, 0) as bigint) as sign_ups,
    cast(coalesce(b.named_sign_ups, 0) as bigint) as named_sign_ups,
    b.first_cycle_seconds,
    i.first_invited_on,
    i.last_invited_on
from {{ ref('dim_user') }} as u
left join invited as i on u.user_id = i.inviter_user_id
left join brought as b on u.user_id = b.inviter_user_id
where u.signed_up_at is not null
