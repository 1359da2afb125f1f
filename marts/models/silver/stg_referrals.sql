{{ config(materialized='view') }}
-- One row per invite: the version that counts, typed. A deleted invite is left out.
select
    referral_id,
    inviter_user_id,
    invitee_key,
    channel,
    invited_at,
    invited_on,
    updated_at,
    _file_id,
    _row_number,
    _changed_seq
from {{ ref('int_referrals_checked') }}
where _outcome = 'live'
