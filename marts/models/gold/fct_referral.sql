{{ config(
    materialized='incremental',
    unique_key='referral_id',
    incremental_strategy='delete+insert',
    post_hook="{% if is_incremental() %}
        delete from {{ this }}
        where
            referral_id in (select referral_id from {{ ref('touched_referrals') }})
            and referral_id not in (select referral_id from {{ ref('stg_referrals') }})
    {% endif %}"
) }}
-- depends_on: {{ ref('touched_referrals') }}
-- One row per invite. The invitee is the user whose sign-up names the invite; rewarded is the invitee's first purchase
-- on an accepted receipt, which is when the bonus is due. A later stage implies the earlier ones.
with invites as (
    select *
    from {{ ref('stg_referrals') }}
    {% if is_incremental() %}
    where referral_id in (select referral_id from {{ ref('touched_referrals') }})
    {% endif %}
),

clicks as (
    select e.referral_id, min(e.occurred_at) as clicked_at
    from {{ ref('stg_events') }} as e
    inner join invites as i on e.referral_id = i.referral_id
    where e.event_type = 'invite_clicked'
    group by e.referral_id
),

sign_ups as (
    select
        e.referral_id,
        e.user_id as invitee_user_id,
        e.occurred_at as signed_up_at,
        row_number() over (partition by e.referral_id order by e.occurred_at, e.event_id) as nth
    from {{ ref('stg_events') }} as e
    inner join invites as i on e.referral_id = i.referral_id
    where e.event_type = 'signed_up' and e.user_id is not null
),

firsts as (
    select
        p.user_id,
        min(p.purchased_at) as first_purchase_at,
        min(case when r.status = 'accepted' then p.purchased_at end) as rewarded_at
    from {{ ref('fct_purchase') }} as p
    left join {{ ref('fct_receipt') }} as r on p.receipt_id = r.receipt_id
    where p.user_id in (select invitee_user_id from sign_ups where nth = 1)
    group by p.user_id
),

joined as (
    select
        i.referral_id,
        i.inviter_user_id,
        s.invitee_user_id,
        i.channel,
        i.invited_at,
        c.clicked_at,
        s.signed_up_at,
        f.first_purchase_at,
        case when i.inviter_user_id <> s.invitee_user_id then f.rewarded_at end as rewarded_at,
        coalesce(i.inviter_user_id = s.invitee_user_id, false) as is_self_referral,
        u.user_id is null as has_unknown_inviter,
        i._file_id,
        i._row_number
    from invites as i
    left join clicks as c on i.referral_id = c.referral_id
    left join sign_ups as s on i.referral_id = s.referral_id and s.nth = 1
    left join firsts as f on s.invitee_user_id = f.user_id
    left join {{ ref('stg_users') }} as u on i.inviter_user_id = u.user_id
)

select
    referral_id,
    inviter_user_id,
    invitee_user_id,
    channel,
    invited_at,
    clicked_at,
    signed_up_at,
    first_purchase_at,
    rewarded_at,
    case
        when rewarded_at is not null then 'rewarded'
        when first_purchase_at is not null then 'purchased'
        when signed_up_at is not null then 'signed_up'
        when clicked_at is not null then 'clicked'
        else 'invited'
    end as status,
    is_self_referral,
    has_unknown_inviter,
    _file_id,
    _row_number
from joined
