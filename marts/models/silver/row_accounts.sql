{{ config(materialized='view') }}
-- What became of every bronze row, in rows and in money: the figures add up to bronze.
select 'purchases' as source, _outcome, _reason, count(*) as row_count, cast(sum(amount) as decimal(38, 2)) as amount
from {{ ref('int_purchases_checked') }}
group by _outcome, _reason
union all
select 'users' as source, _outcome, _reason, count(*) as row_count, cast(null as decimal(38, 2)) as amount
from {{ ref('int_users_checked') }}
group by _outcome, _reason
union all
select 'schools' as source, _outcome, _reason, count(*) as row_count, cast(null as decimal(38, 2)) as amount
from {{ ref('int_schools_checked') }}
group by _outcome, _reason
union all
select 'products' as source, _outcome, _reason, count(*) as row_count, cast(null as decimal(38, 2)) as amount
from {{ ref('int_products_checked') }}
group by _outcome, _reason
union all
select 'referrals' as source, _outcome, _reason, count(*) as row_count, cast(null as decimal(38, 2)) as amount
from {{ ref('int_referrals_checked') }}
group by _outcome, _reason
union all
select 'events' as source, _outcome, _reason, count(*) as row_count, cast(sum(amount) as decimal(38, 2)) as amount
from {{ ref('int_events_checked') }}
group by _outcome, _reason
