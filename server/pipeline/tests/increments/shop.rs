//! A small project with the shapes that increments come in: rows judged under a window of their key, a coarse key, a
//! table that is compared as a whole, views, and hooks that delete.

pub const FILES: [(&str, &str); 12] = [
    (
        "dbt_project.yml",
        "name: shop\nvars:\n  reporting_zone: UTC\n  state_seq: 1\n  release_seq: 0\n  floor: 0\nmodels:\n  shop:\n    silver:\n      +schema: silver\n      +materialized: table\n    gold:\n      +schema: gold\n      +materialized: table\n      +tags: [served]\n",
    ),
    (
        "models/sources.yml",
        "sources:\n  - name: bronze\n    tables:\n      - name: users\n        columns: [{name: user_id}, {name: city}]\n      - name: sales\n        columns: [{name: sale_id}, {name: user_id}, {name: amount}, {name: op}]\n",
    ),
    (
        "models/silver/int_users.sql",
        "{{ config(materialized='incremental', unique_key=['_ingest_seq', '_row_number'], incremental_strategy='delete+insert') }}
with landed as (
    select user_id, city, _ingest_seq, _row_number, _load_seq from {{ source('bronze', 'users') }}
    {% if is_incremental() %}
    where _load_seq > (select coalesce(max(t._load_seq), 0) from {{ this }} as t)
    {% endif %}
),
candidates as (
    select * from landed
    {% if is_incremental() %}
    union all
    select user_id, city, _ingest_seq, _row_number, _load_seq from {{ this }}
    where user_id in (select user_id from landed)
    {% endif %}
)
select *,
    row_number() over (partition by user_id order by _ingest_seq desc, _row_number desc) = 1 as is_live,
    {{ var('state_seq') }} as _changed_seq
from candidates",
    ),
    (
        "models/silver/int_sales.sql",
        "{{ config(materialized='incremental', unique_key=['_ingest_seq', '_row_number']) }}
with landed as (
    select sale_id, user_id, cast(amount as decimal(18, 2)) as amount, op, _ingest_seq, _row_number, _load_seq
    from {{ source('bronze', 'sales') }}
    {% if is_incremental() %}
    where _load_seq > (select coalesce(max(t._load_seq), 0) from {{ this }} as t)
    {% endif %}
),
candidates as (
    select * from landed
    {% if is_incremental() %}
    union all
    select sale_id, user_id, amount, op, _ingest_seq, _row_number, _load_seq from {{ this }}
    where sale_id in (select sale_id from landed)
    union all
    select sale_id, user_id, amount, op, _ingest_seq, _row_number, _load_seq from {{ this }}
    where _outcome in ('live', 'orphan')
        and user_id in (select user_id from {{ ref('int_users') }} where _changed_seq >= {{ var('state_seq') }})
        and sale_id not in (select sale_id from landed)
    {% endif %}
)
select c.*,
    case
        when row_number() over (partition by c.sale_id order by c._ingest_seq desc, c._row_number desc) > 1 then 'superseded'
        when c.op = 'D' then 'deleted'
        when u.user_id is null then 'orphan'
        else 'live'
    end as _outcome,
    {{ var('state_seq') }} as _changed_seq
from candidates as c
left join {{ ref('stg_users') }} as u on c.user_id = u.user_id",
    ),
    (
        "models/silver/stg_users.sql",
        "{{ config(materialized='view') }}\nselect user_id, city from {{ ref('int_users') }} where is_live",
    ),
    (
        "models/silver/stg_sales.sql",
        "{{ config(materialized='view') }}\nselect * from {{ ref('int_sales') }} where _outcome = 'live'",
    ),
    (
        "models/silver/history.sql",
        "{{ config(materialized='incremental', unique_key='user_id', incremental_strategy='delete+insert') }}
select user_id, city, row_number() over (partition by user_id order by _ingest_seq, _row_number) as version,
    {{ var('state_seq') }} as _changed_seq
from {{ ref('int_users') }}
{% if is_incremental() %}
where user_id in (select user_id from {{ ref('int_users') }} where _changed_seq >= {{ var('state_seq') }})
{% endif %}",
    ),
    (
        "models/silver/touched_sales.sql",
        "{{ config(materialized='table') }}
select sale_id from {{ ref('int_sales') }} where _changed_seq > {{ var('release_seq') }}
union
select sale_id from {{ ref('int_sales') }}
where user_id in (select user_id from {{ ref('history') }} where _changed_seq > {{ var('release_seq') }})",
    ),
    (
        "models/gold/fct_sale.sql",
        "{{ config(
    materialized='incremental', unique_key='sale_id',
    post_hook=\"{% if is_incremental() %}
        delete from {{ this }}
        where sale_id in (select sale_id from {{ ref('touched_sales') }})
            and sale_id not in (select sale_id from {{ ref('stg_sales') }})
    {% endif %}\"
) }}
select s.sale_id, s.user_id, u.city, s.amount, h.versions, s._row_number
from {{ ref('stg_sales') }} as s
left join {{ ref('stg_users') }} as u on s.user_id = u.user_id
left join (select user_id, count(*) as versions from {{ ref('history') }} group by user_id) as h on s.user_id = h.user_id
where s.amount >= {{ var('floor') }}
{% if is_incremental() %}
and s.sale_id in (select sale_id from {{ ref('touched_sales') }})
{% endif %}",
    ),
    (
        "models/gold/dim_city.sql",
        "select city, count(*) as users from {{ ref('stg_users') }} group by city",
    ),
    (
        "models/gold/calendar.sql",
        "select date '{{ var(\"business_date\") }}' as latest_on",
    ),
    (
        "tests/amounts_are_plausible.sql",
        "select sale_id, amount from {{ ref('fct_sale') }} where amount < 0 or amount > 1000",
    ),
];

pub const USERS: &str = "user_id,city";
pub const SALES: &str = "sale_id,user_id,amount,op";
