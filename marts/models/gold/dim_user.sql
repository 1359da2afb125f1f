{{ config(
    materialized='incremental',
    unique_key='user_id',
    incremental_strategy='delete+insert',
    post_hook="{% if is_incremental() %}
        delete from {{ this }}
        where
            user_id in (select user_id from {{ ref('touched_users') }})
            and user_id not in (select user_id from {{ ref('stg_users') }})
    {% endif %}"
) }}
-- depends_on: {{ ref('touched_users') }}
-- One row per user, as of now; who invited whom is in user_trees.
with firsts as (
    select user_id, min(purchased_at) as first_purchase_at
    from {{ ref('fct_purchase') }}
    {% if is_incremental() %}
    where user_id in (select user_id from {{ ref('touched_users') }})
    {% endif %}
    group by user_id
)

select
    u.user_id,
    u.signed_up_at,
    u.signed_up_on,
    u.state,
    u.channel,
    h.school_id,
    u.inviter_user_id,
    t.generation,
    t.root_user_id,
    t.tree_size,
    t.has_unknown_inviter,
    t.is_self_referral,
    t.is_in_cycle,
    f.first_purchase_at,
    u.is_deleted,
    u._file_id,
    u._row_number
from {{ ref('stg_users') }} as u
left join {{ ref('user_trees') }} as t on u.user_id = t.user_id
left join firsts as f on u.user_id = f.user_id
left join {{ ref('user_school_history') }} as h
    on u.user_id = h.user_id and h.to_at = timestamp '9999-12-31 00:00:00'
{% if is_incremental() %}
where u.user_id in (select user_id from {{ ref('touched_users') }})
{% endif %}
