{{ config(materialized='view') }}
-- Rows held back until they can be used: which line of which file, since when, and why.
select 'purchases' as source, purchase_id as row_key, _reason, amount as amount, _dt, _file_id, _row_number
from {{ ref('int_purchases_checked') }}
where _outcome = 'quarantined'
union all
select 'users' as source, user_id as row_key, _reason, cast(null as decimal(18, 2)) as amount, _dt, _file_id, _row_number
from {{ ref('int_users_checked') }}
where _outcome = 'quarantined'
union all
select 'schools' as source, school_id as row_key, _reason, cast(null as decimal(18, 2)) as amount, _dt, _file_id, _row_number
from {{ ref('int_schools_checked') }}
where _outcome = 'quarantined'
union all
select 'products' as source, product_id as row_key, _reason, cast(null as decimal(18, 2)) as amount, _dt, _file_id, _row_number
from {{ ref('int_products_checked') }}
where _outcome = 'quarantined'
union all
select 'referrals' as source, referral_id as row_key, _reason, cast(null as decimal(18, 2)) as amount, _dt, _file_id, _row_number
from {{ ref('int_referrals_checked') }}
where _outcome = 'quarantined'
union all
select 'events' as source, event_id as row_key, _reason, amount as amount, _dt, _file_id, _row_number
from {{ ref('int_events_checked') }}
where _outcome = 'quarantined'
