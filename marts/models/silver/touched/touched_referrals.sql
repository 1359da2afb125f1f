{{ config(materialized='table') }}
-- Invites that changed, were clicked or accepted, or whose invitee is touched or inviter changed.
select referral_id
from {{ ref('int_referrals_checked') }}
where _changed_seq > {{ var('release_seq') }} and referral_id is not null
union
select referral_id
from {{ ref('int_events_checked') }}
where referral_id is not null and _changed_seq > {{ var('release_seq') }}
union
select referral_id
from {{ ref('stg_events') }}
where
    event_type = 'signed_up'
    and referral_id is not null
    and user_id in (select user_id from {{ ref('touched_users') }})
union
select referral_id
from {{ ref('stg_referrals') }}
where inviter_user_id in (
    select user_id from {{ ref('int_users_checked') }} where _changed_seq > {{ var('release_seq') }}
)
