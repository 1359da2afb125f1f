{{ config(
    materialized='incremental',
    unique_key='receipt_id',
    incremental_strategy='delete+insert',
    post_hook="{% if is_incremental() %}
        delete from {{ this }}
        where
            receipt_id in (select receipt_id from {{ ref('touched_receipts') }})
            and receipt_id not in (
                select receipt_id
                from {{ ref('fct_purchase') }}
                where receipt_id in (select receipt_id from {{ ref('touched_receipts') }})
            )
    {% endif %}"
) }}
-- depends_on: {{ ref('touched_receipts') }}
-- depends_on: {{ ref('touched_users') }}
-- One row per receipt that has a line. It is accepted until an event says that it was rejected. A purchase that comes or
-- goes can move its user's first day, and with it every receipt of that user.
with purchase_lines as (
    select *
    from {{ ref('fct_purchase') }}
    where
        receipt_id is not null
        {% if is_incremental() %}
        and (
            receipt_id in (select receipt_id from {{ ref('touched_receipts') }})
            or receipt_id in (
                select receipt_id
                from {{ ref('fct_purchase') }}
                where user_id in (select user_id from {{ ref('touched_users') }}) and receipt_id is not null
            )
        )
        {% endif %}
),

firsts as (
    select user_id, min(purchased_on) as first_purchased_on
    from {{ ref('fct_purchase') }}
    {% if is_incremental() %}
    where user_id in (select user_id from purchase_lines)
    {% endif %}
    group by user_id
),

receipts as (
    select
        receipt_id,
        min(user_id) as user_id,
        min(school_id) as school_id,
        min(purchased_at) as purchased_at,
        min(purchased_on) as purchased_on,
        count(*) as lines,
        cast(sum(amount) as decimal(18, 2)) as amount
    from purchase_lines
    group by receipt_id
),

told as (
    select
        receipt_id,
        event_type,
        occurred_at,
        event_id,
        case when event_type = 'receipt_rejected' then get_json_object(properties, '$.reason') end as reason
    from {{ ref('stg_events') }}
    where
        event_type in ('receipt_scanned', 'receipt_rejected')
        and receipt_id is not null
        {% if is_incremental() %}
        and receipt_id in (select receipt_id from purchase_lines)
        {% endif %}
),

scans as (
    select receipt_id, min(occurred_at) as scanned_at
    from told
    where event_type = 'receipt_scanned'
    group by receipt_id
),

rejections as (
    select
        receipt_id,
        reason,
        row_number() over (partition by receipt_id order by occurred_at, event_id) as nth
    from told
    where event_type = 'receipt_rejected'
)

select
    r.receipt_id,
    r.user_id,
    r.school_id,
    coalesce(s.scanned_at, r.purchased_at) as scanned_at,
    r.purchased_on,
    r.lines,
    r.amount,
    case when j.receipt_id is null then 'accepted' else 'rejected' end as status,
    j.reason as rejected_reason,
    case when r.purchased_on <= f.first_purchased_on then 'new' else 'returning' end as shopper
from receipts as r
left join firsts as f on r.user_id = f.user_id
left join scans as s on r.receipt_id = s.receipt_id
left join rejections as j on r.receipt_id = j.receipt_id and j.nth = 1
