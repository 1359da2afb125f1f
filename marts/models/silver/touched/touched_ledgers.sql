{{ config(materialized='table') }}
-- Users whose ledger may differ from the release's. First in, first out makes a user's entries depend on one another, so
-- all of a touched user's are made anew.
with cash_outs as (
    select distinct get_json_object(properties, '$.cash_out_id') as cash_out_id
    from {{ ref('int_events_checked') }}
    where _changed_seq > {{ var('release_seq') }} and event_type like 'cash_out_%'
),

users as (
    select user_id from {{ ref('touched_users') }}
    union
    select user_id
    from {{ ref('int_purchases_checked') }}
    where purchase_id in (select purchase_id from {{ ref('touched_purchases') }})
    union
    select inviter_user_id
    from {{ ref('int_referrals_checked') }}
    where referral_id in (select referral_id from {{ ref('touched_referrals') }})
    union
    select user_id
    from {{ ref('int_events_checked') }}
    where referral_id in (select referral_id from {{ ref('touched_referrals') }}) and event_type = 'signed_up'
    union
    select user_id
    from {{ ref('int_events_checked') }}
    where
        _changed_seq > {{ var('release_seq') }}
        and event_type in (
            'cash_out_requested', 'cash_out_cancelled', 'cash_out_paid', 'cash_out_returned', 'reward_clawed_back',
            'reward_adjusted'
        )
    union
    select user_id
    from {{ ref('int_events_checked') }}
    where
        event_type like 'cash_out_%'
        and get_json_object(properties, '$.cash_out_id') in (select cash_out_id from cash_outs)
)

select distinct coalesce(user_id, '(unknown)') as user_id from users
