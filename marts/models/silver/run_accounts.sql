{{ config(materialized='view') }}
-- What became of the rows that this batch of silver judged: those it read, and, with `is_released`, those of earlier
-- loads whose outcome it changed (such as purchases that waited for their user).
select
    'purchases' as source,
    _outcome,
    _reason,
    _load_seq <= {{ var('loaded_seq') }} as is_released,
    count(*) as row_count,
    cast(sum(amount) as decimal(38, 2)) as amount
from {{ ref('int_purchases_checked') }}
where _changed_seq = {{ var('state_seq') }}
group by _outcome, _reason, _load_seq <= {{ var('loaded_seq') }}
union all
select
    'users' as source,
    _outcome,
    _reason,
    _load_seq <= {{ var('loaded_seq') }} as is_released,
    count(*) as row_count,
    cast(null as decimal(38, 2)) as amount
from {{ ref('int_users_checked') }}
where _changed_seq = {{ var('state_seq') }}
group by _outcome, _reason, _load_seq <= {{ var('loaded_seq') }}
union all
select
    'schools' as source,
    _outcome,
    _reason,
    _load_seq <= {{ var('loaded_seq') }} as is_released,
    count(*) as row_count,
    cast(null as decimal(38, 2)) as amount
from {{ ref('int_schools_checked') }}
where _changed_seq = {{ var('state_seq') }}
group by _outcome, _reason, _load_seq <= {{ var('loaded_seq') }}
union all
select
    'products' as source,
    _outcome,
    _reason,
    _load_seq <= {{ var('loaded_seq') }} as is_released,
    count(*) as row_count,
    cast(null as decimal(38, 2)) as amount
from {{ ref('int_products_checked') }}
where _changed_seq = {{ var('state_seq') }}
group by _outcome, _reason, _load_seq <= {{ var('loaded_seq') }}
union all
select
    'referrals' as source,
    _outcome,
    _reason,
    _load_seq <= {{ var('loaded_seq') }} as is_released,
    count(*) as row_count,
    cast(null as decimal(38, 2)) as amount
from {{ ref('int_referrals_checked') }}
where _changed_seq = {{ var('state_seq') }}
group by _outcome, _reason, _load_seq <= {{ var('loaded_seq') }}
union all
select
    'events' as source,
    _outcome,
    _reason,
    _load_seq <= {{ var('loaded_seq') }} as is_released,
    count(*) as row_count,
    cast(sum(amount) as decimal(38, 2)) as amount
from {{ ref('int_events_checked') }}
where _changed_seq = {{ var('state_seq') }}
group by _outcome, _reason, _load_seq <= {{ var('loaded_seq') }}
