{{ config(
    materialized='incremental',
    unique_key='user_id',
    incremental_strategy='delete+insert',
    post_hook="{% if is_incremental() %}
        delete from {{ this }}
        where
            user_id in (select user_id from {{ ref('touched_ledgers') }})
            and user_id not in (select user_id from {{ ref('reward_lots') }})
            and user_id not in (select user_id from {{ ref('reward_movements') }})
    {% endif %}"
) }}
-- depends_on: {{ ref('touched_ledgers') }}
-- What comes into and leaves each user's available balance, first in, first out, in order; expiries to come among it.
--
-- A cash-out that is larger than what is available when it is requested is refused: it sets nothing aside, and a payment
-- for it is one without a request. Whether one is refused rests on those before it, so the first is found, then the
-- next without it. After a user's third, all that follow are refused.
with flows as (
    select
        user_id,
        lot_id as flow_id,
        'vest' as kind,
        'in' as direction,
        vests_at as moved_at,
        1 as place,
        cast(null as string) as cash_out_id,
        expires_at,
        vested_amount as amount,
        vested_amount as amount_if_refused
    from {{ ref('reward_lots') }}
    {% if is_incremental() %}
    where user_id in (select user_id from {{ ref('touched_ledgers') }})
    {% endif %}
    union all
    select
        user_id,
        movement_id as flow_id,
        kind,
        direction,
        moved_at,
        case direction when 'out' then 2 else 3 end as place,
        cash_out_id,
        expires_at,
        amount,
        amount_if_refused
    from {{ ref('reward_movements') }}
    {% if is_incremental() %}
    where user_id in (select user_id from {{ ref('touched_ledgers') }})
    {% endif %}
),

refused_0 as (
    select user_id, cash_out_id, moved_at, flow_id, 0 as round from flows where 1 = 0
),

flows_1 as (
    select * from flows where user_id in (select user_id from flows where kind = 'cash_out_request')
),

{% for round in [1, 2, 3] %}
{{ on_the_line('line_' ~ round, 'flows_' ~ round, 'refused_' ~ (round - 1)) }},

short_{{ round }} as (
    select
        user_id,
        cash_out_id,
        moved_at,
        flow_id,
        row_number() over (partition by user_id order by n) as nth
    from line_{{ round }}
    where kind = 'cash_out_request' and arrived - from_position < leaving
),

refused_{{ round }} as (
    select user_id, cash_out_id, moved_at, flow_id, round from refused_{{ round - 1 }}
    union all
    select user_id, cash_out_id, moved_at, flow_id, {{ round }} as round from short_{{ round }} where nth = 1
),

flows_{{ round + 1 }} as (
    select * from flows_{{ round }} where user_id in (select user_id from short_{{ round }})
),

{% endfor %}
refused as (
    select user_id, cash_out_id, flow_id, moved_at from refused_3
    union all
    select f.user_id, f.cash_out_id, f.flow_id, f.moved_at
    from flows as f
    inner join refused_3 as r on f.user_id = r.user_id and r.round = 3
    where
        f.kind = 'cash_out_request'
        and (f.moved_at > r.moved_at or (f.moved_at = r.moved_at and f.flow_id > r.flow_id))
),

{{ on_the_line('line', 'flows', 'refused') }}

select
    user_id,
    n,
    flow_id,
    kind,
    cash_out_id,
    moved_at,
    {{ reporting_day('moved_at') }} as moved_on,
    cast(arriving as decimal(18, 4)) as arriving,
    cast(to_position - from_position as decimal(18, 4)) as leaving,
    arrived,
    from_position,
    to_position
from line
union all
select
    f.user_id,
    cast(null as bigint) as n,
    f.flow_id,
    'refused' as kind,
    f.cash_out_id,
    f.moved_at,
    {{ reporting_day('f.moved_at') }} as moved_on,
    cast(0 as decimal(18, 4)) as arriving,
    cast(0 as decimal(18, 4)) as leaving,
    cast(null as decimal(18, 4)) as arrived,
    cast(null as decimal(18, 4)) as from_position,
    cast(null as decimal(18, 4)) as to_position
from refused as f
