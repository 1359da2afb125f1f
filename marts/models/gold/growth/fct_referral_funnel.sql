-- One row per distinct invite, which is an inviter and whom they invited, from the first time on. Each stage has a window
-- from the stage before: click 14 days, sign-up 30, first purchase 60, reward 30. A status is `reached`, `open` (still in its
-- window, or in that of a stage before) or `lapsed`. A sign-up implies the click: where none was seen it is taken to have
-- come with the sign-up. `*_is_due` says that a stage was come to and its window is over, `*_is_mature` that the windows up
-- to it are over whatever came of the invite: rates are of these alone, or the quick would be counted before the slow.
with touches as (
    select
        f.referral_id,
        f.inviter_user_id,
        coalesce(s.invitee_key, concat('invite ', f.referral_id)) as invitee,
        f.channel,
        f.invited_at,
        f.clicked_at,
        r.user_id as invitee_user_id,
        case when r.user_id is not null then f.signed_up_at end as signed_up_at,
        case when r.user_id is not null then f.first_purchase_at end as first_purchase_at,
        case when r.user_id is not null then f.rewarded_at end as rewarded_at,
        f._file_id,
        f._row_number,
        row_number() over (
            partition by f.inviter_user_id, coalesce(s.invitee_key, concat('invite ', f.referral_id))
            order by f.invited_at, f.referral_id
        ) as nth
    from {{ ref('fct_referral') }} as f
    inner join {{ ref('stg_referrals') }} as s on f.referral_id = s.referral_id
    -- A sign-up counts for the inviter that it is credited to.
    left join {{ ref('fct_referred_sign_up') }} as r
        on f.invitee_user_id = r.user_id and f.inviter_user_id = r.inviter_user_id
    where not f.is_self_referral and not f.has_unknown_inviter and f.invited_at is not null
),

invites as (
    select
        max(case when nth = 1 then referral_id end) as referral_id,
        inviter_user_id,
        max(invitee_user_id) as invitee_user_id,
        max(case when nth = 1 then channel end) as channel,
        cast(count(*) as bigint) as touches,
        min(invited_at) as invited_at,
        min(clicked_at) as clicked_at,
        min(signed_up_at) as signed_up_at,
        min(first_purchase_at) as first_purchase_at,
        min(rewarded_at) as rewarded_at,
        max(case when nth = 1 then _file_id end) as _file_id,
        max(case when nth = 1 then _row_number end) as _row_number
    from touches
    group by inviter_user_id, invitee
),

followed as (
    select
        *,
        least(clicked_at, signed_up_at) as followed_at,
        signed_up_at is not null and (clicked_at is null or clicked_at > signed_up_at) as is_click_implied
    from invites
),

windows as (
    select
        *,
        invited_at + interval '14' day as click_by,
        followed_at + interval '30' day as sign_up_by,
        signed_up_at + interval '60' day as purchase_by,
        first_purchase_at + interval '30' day as reward_by
    from followed
),

clicked as (
    select
        *,
        {{ stage_status('followed_at', 'click_by') }} as click_status
    from windows
),

signed as (
    select
        *,
        {{ stage_status('signed_up_at', 'sign_up_by', 'click_status') }} as sign_up_status
    from clicked
),

bought as (
    select
        *,
        {{ stage_status('first_purchase_at', 'purchase_by', 'sign_up_status') }} as purchase_status
    from signed
),

staged as (
    select
        *,
        {{ stage_status('rewarded_at', 'reward_by', 'purchase_status') }} as reward_status
    from bought
)

select
    s.referral_id,
    s.inviter_user_id,
    s.invitee_user_id,
    s.channel,
    s.touches,
    s.invited_at,
    {{ reporting_day('s.invited_at') }} as invited_on,
    s.clicked_at,
    s.signed_up_at,
    s.first_purchase_at,
    s.rewarded_at,
    s.is_click_implied,
    s.click_status,
    s.sign_up_status,
    s.purchase_status,
    s.reward_status,
    {{ is_over('s.click_by') }} as click_is_due,
    s.click_status = 'reached' and coalesce({{ is_over('s.sign_up_by') }}, false) as sign_up_is_due,
    s.sign_up_status = 'reached' and coalesce({{ is_over('s.purchase_by') }}, false) as purchase_is_due,
    s.purchase_status = 'reached' and coalesce({{ is_over('s.reward_by') }}, false) as reward_is_due,
    {{ is_over('s.click_by') }} as click_is_mature,
    {{ is_over("s.invited_at + interval '44' day") }} as sign_up_is_mature,
    {{ is_over("s.invited_at + interval '104' day") }} as purchase_is_mature,
    {{ is_over("s.invited_at + interval '134' day") }} as reward_is_mature,
    {{ seconds_observed('s.invited_at') }} as seconds_observed,
    {{ seconds_after('s.invited_at', 's.signed_up_at') }} as seconds_to_sign_up,
    {{ seconds_after('u.signed_up_at', 's.invited_at') }} as seconds_from_inviter_sign_up,
    s._file_id,
    s._row_number
from staged as s
left join {{ ref('dim_user') }} as u on s.inviter_user_id = u.user_id
