{{ config(
    materialized='incremental',
    unique_key=['user_id', 'active_on'],
    incremental_strategy='delete+insert',
    post_hook="{% if is_incremental() %}
        delete from {{ this }} as d
        where
            exists (
                select 1
                from {{ ref('touched_activity_days') }} as t
                where t.user_id = d.user_id and t.active_on = d.active_on
            )
            and not exists (
                select 1
                from {{ ref('stg_events') }} as e
                where
                    e.event_type in ('app_opened', 'receipt_scanned')
                    and e.user_id = d.user_id
                    and e.occurred_on = d.active_on
            )
    {% endif %}"
) }}
-- depends_on: {{ ref('touched_activity_days') }}
-- One row per user and day in the reporting zone on which the user opened the app or scanned a receipt.
select
    e.user_id,
    e.occurred_on as active_on,
    cast(count_if(e.event_type = 'app_opened') as bigint) as opens,
    cast(count_if(e.event_type = 'receipt_scanned') as bigint) as scans
from {{ ref('stg_events') }} as e
{% if is_incremental() %}
inner join {{ ref('touched_activity_days') }} as t on e.user_id = t.user_id and e.occurred_on = t.active_on
{% endif %}
where e.event_type in ('app_opened', 'receipt_scanned') and e.user_id is not null
group by e.user_id, e.occurred_on
