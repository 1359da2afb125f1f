-- One row per user whom another brought: by the invite that the sign-up names (the last accepted one, where there are
-- several), else by the inviter that the account names. Nobody brings themselves, and in a circle of inviters nobody was first.
with named as (
    select
        invitee_user_id as user_id,
        inviter_user_id,
        referral_id,
        row_number() over (
            partition by invitee_user_id order by signed_up_at desc nulls last, invited_at desc nulls last, referral_id desc
        ) as from_last
    from {{ ref('fct_referral') }}
    where invitee_user_id is not null and not is_self_referral and not has_unknown_inviter
)

select
    u.user_id,
    i.user_id as inviter_user_id,
    n.referral_id,
    case when n.user_id is null then 'account' else 'invite' end as attributed_by,
    u.signed_up_at,
    u.signed_up_on,
    u.state,
    u.generation,
    i.signed_up_at as inviter_signed_up_at,
    i.signed_up_on as inviter_signed_up_on,
    {{ seconds_between('i.signed_up_at', 'u.signed_up_at') }} as cycle_seconds
from {{ ref('dim_user') }} as u
left join named as n on u.user_id = n.user_id and n.from_last = 1
inner join {{ ref('dim_user') }} as i on coalesce(n.inviter_user_id, u.inviter_user_id) = i.user_id
where
    i.user_id <> u.user_id
    and not u.is_in_cycle
    and u.signed_up_at is not null
    and i.signed_up_at is not null
