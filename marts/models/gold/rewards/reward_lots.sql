{{ config(
    materialized='incremental',
    unique_key='user_id',
    incremental_strategy='delete+insert',
    post_hook="{% if is_incremental() %}
        delete from {{ this }}
        where
            user_id in (select user_id from {{ ref('touched_ledgers') }})
            and lot_id not in (
                select concat('purchase:', purchase_id) from {{ ref('fct_purchase') }} where reward_amount > 0
                union all
                select concat('referral:', referral_id, ':inviter')
                from {{ ref('fct_referral') }}
                where rewarded_at is not null and not has_unknown_inviter
                union all
                select concat('referral:', referral_id, ':invitee')
                from {{ ref('fct_referral') }}
                where rewarded_at is not null
                union all
                select concat('adjustment:', event_id)
                from {{ ref('stg_reward_events') }}
                where event_type = 'reward_adjusted' and amount > 0
            )
    {% endif %}"
) }}
-- depends_on: {{ ref('touched_ledgers') }}
-- One row per lot: what a user earned at one moment, by a purchase, a referral or an adjustment. It is pending until it
-- vests. Until then a rejected receipt or a clawback that names it takes from the lot itself.
with purchases as (
    select *
    from {{ ref('fct_purchase') }}
    where
        reward_amount > 0
        {% if is_incremental() %}
        and user_id in (select user_id from {{ ref('touched_ledgers') }})
        {% endif %}
),

rejections as (
    select receipt_id, min(occurred_at) as rejected_at, min(_dt) as known_on
    from {{ ref('int_events_checked') }}
    where _outcome = 'live' and event_type = 'receipt_rejected' and receipt_id is not null
    group by receipt_id
),

-- What waited for its user is known when the user is.
users as (
    select user_id, min(_dt) as known_on
    from {{ ref('int_users_checked') }}
    where user_id is not null and _fault is null
    group by user_id
),

accepted as (
    select *
    from {{ ref('fct_referral') }}
    where
        rewarded_at is not null
        {% if is_incremental() %}
        and (
            inviter_user_id in (select user_id from {{ ref('touched_ledgers') }})
            or invitee_user_id in (select user_id from {{ ref('touched_ledgers') }})
        )
        {% endif %}
),

firsts as (
    select s.user_id, s.purchased_at, min(c._dt) as known_on
    from {{ ref('stg_purchases') }} as s
    inner join {{ ref('int_purchases_checked') }} as c on s._file_id = c._file_id and s._row_number = c._row_number
    where s.user_id in (select invitee_user_id from accepted)
    group by s.user_id, s.purchased_at
),

referrals as (
    select r.*, greatest(c._dt, f.known_on) as known_on
    from accepted as r
    inner join {{ ref('int_referrals_checked') }} as c on r._file_id = c._file_id and r._row_number = c._row_number
    inner join firsts as f on r.invitee_user_id = f.user_id and r.rewarded_at = f.purchased_at
),

earned as (
    select
        concat('purchase:', p.purchase_id) as lot_id,
        p.user_id,
        'accrual' as entry_type,
        p.reward_amount as amount,
        p.purchased_at as earned_at,
        v.funding_source,
        'purchase' as source_type,
        p.purchase_id as source_id,
        case when j.receipt_id is not null then greatest(j.rejected_at, p.purchased_at) end as rejected_at,
        j.known_on as rejection_known_on,
        greatest(c._dt, u.known_on) as known_on
    from purchases as p
    inner join {{ ref('int_purchases_checked') }} as c on p._file_id = c._file_id and p._row_number = c._row_number
    inner join users as u on p.user_id = u.user_id
    left join {{ ref('product_history') }} as v
        on p.product_id = v.product_id and p.purchased_at >= v.valid_from and p.purchased_at < v.valid_to
    left join rejections as j on p.receipt_id = j.receipt_id
    union all
    select
        concat('referral:', r.referral_id, ':inviter'),
        r.inviter_user_id,
        'referral_bonus',
        t.bonus_inviter,
        r.rewarded_at,
        'programme',
        'referral',
        r.referral_id,
        cast(null as timestamp),
        cast(null as date),
        r.known_on
    from referrals as r
    inner join {{ ref('reward_term_periods') }} as t
        on {{ reporting_day('r.rewarded_at') }} >= t.valid_from and {{ reporting_day('r.rewarded_at') }} < t.valid_to
    where not r.has_unknown_inviter
    union all
    select
        concat('referral:', r.referral_id, ':invitee'),
        r.invitee_user_id,
        'referral_bonus',
        t.bonus_invitee,
        r.rewarded_at,
        'programme',
        'referral',
        r.referral_id,
        cast(null as timestamp),
        cast(null as date),
        r.known_on
    from referrals as r
    inner join {{ ref('reward_term_periods') }} as t
        on {{ reporting_day('r.rewarded_at') }} >= t.valid_from and {{ reporting_day('r.rewarded_at') }} < t.valid_to
    union all
    select
        concat('adjustment:', event_id),
        coalesce(user_id, '(unknown)'),
        'adjustment',
        amount,
        occurred_at,
        'programme',
        'event',
        event_id,
        cast(null as timestamp),
        cast(null as date),
        known_on
    from {{ ref('stg_reward_events') }}
    where event_type = 'reward_adjusted' and amount > 0
),

with_terms as (
    select
        e.lot_id,
        e.user_id,
        e.entry_type,
        cast(e.amount as decimal(18, 4)) as amount,
        e.earned_at,
        {{ reporting_day('e.earned_at') }} as earned_on,
        e.earned_at + interval '1' day * t.vest_days as vests_at,
        e.earned_at + interval '1' day * t.expiry_days as expires_at,
        h.school_id,
        coalesce(nullif(e.funding_source, ''), 'unassigned') as funding_source,
        e.source_type,
        e.source_id,
        e.rejected_at,
        e.rejection_known_on,
        e.known_on
    from earned as e
    inner join {{ ref('reward_term_periods') }} as t
        on {{ reporting_day('e.earned_at') }} >= t.valid_from and {{ reporting_day('e.earned_at') }} < t.valid_to
    left join {{ ref('user_school_history') }} as h
        on e.user_id = h.user_id and e.earned_at >= h.from_at and e.earned_at < h.to_at
    where
        e.amount > 0
        {% if is_incremental() %}
        and e.user_id in (select user_id from {{ ref('touched_ledgers') }})
        {% endif %}
),

-- Clawbacks that name a lot while it is pending, in order: together they take no more than it is.
clawed as (
    select
        l.lot_id,
        cast(sum(e.amount) as decimal(18, 4)) as amount
    from with_terms as l
    inner join {{ ref('stg_reward_events') }} as e
        on l.user_id = e.user_id and l.source_type = e.source_type and l.source_id = e.source_id
    where
        e.event_type = 'reward_clawed_back'
        and e.amount > 0
        and l.source_type in ('purchase', 'referral')
        and e.occurred_at >= l.earned_at
        and e.occurred_at < least(l.vests_at, coalesce(l.rejected_at, l.vests_at))
    group by l.lot_id
)

select
    l.lot_id,
    l.user_id,
    l.entry_type,
    l.amount,
    cast(least(coalesce(c.amount, 0), l.amount) as decimal(18, 4)) as clawed_back_amount,
    cast(
        case
            when l.rejected_at < l.vests_at then 0 else l.amount - least(coalesce(c.amount, 0), l.amount)
        end as decimal(18, 4)
    ) as vested_amount,
    l.earned_at,
    l.earned_on,
    l.vests_at,
    {{ reporting_day('l.vests_at') }} as vests_on,
    l.expires_at,
    l.rejected_at,
    l.rejection_known_on,
    l.school_id,
    l.funding_source,
    l.source_type,
    l.source_id,
    l.known_on
from with_terms as l
left join clawed as c on l.lot_id = c.lot_id
