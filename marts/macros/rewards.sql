{#- What the models of the rewards ledger share. -#}

{#- CTE `users`: those touched, and those for whom something fell due since the model was built. -#}
{% macro ledgers_to_make() -%}
users as (
    select user_id from {{ ref('touched_ledgers') }}
    union
    select user_id
    from {{ ref('reward_lots') }}
    where
        vests_on <= date '{{ var("business_date") }}'
        and vests_on > (select coalesce(max(effective_on), date '1900-01-01') from {{ this }})
    union
    select user_id
    from {{ ref('reward_queue') }}
    where
        kind = 'expiry'
        and moved_on <= date '{{ var("business_date") }}'
        and moved_on > (select coalesce(max(effective_on), date '1900-01-01') from {{ this }})
)
{%- endmacro %}

{#- The month after that of a text such as 2026-03, as text; NULL of NULL, which concat does not give everywhere. -#}
{% macro month_after(period) -%}
case
    when {{ period }} is not null
        then substring(cast(cast(concat({{ period }}, '-01') as date) + interval '1' month as string), 1, 7)
end
{%- endmacro %}

{#- CTE `<name>`: what comes into and leaves users' available balances in order (`n`), and where on the line of all that
    ever came in it stands. What leaves, in order, takes the line from its beginning: [from_position, to_position). By an
    expiry at s the line is taken up to what had come in that expires by s, as far as it was not taken before:
    expired(t) = max over s ≤ t of (expiring(s) − left(s))⁺. A lot never expires before one that stands ahead of it.
    `flows` is the relation of flows, `refused` one of cash-outs that were. -#}
{% macro on_the_line(name, flows, refused) -%}
{{ name }}_sized as (
    select
        f.user_id,
        f.flow_id,
        f.kind,
        f.direction,
        f.moved_at,
        f.place,
        f.cash_out_id,
        f.expires_at,
        case when x.cash_out_id is null then f.amount else f.amount_if_refused end as amount
    from {{ flows }} as f
    left join {{ refused }} as x on f.user_id = x.user_id and f.cash_out_id = x.cash_out_id
),

{{ name }}_events as (
    select
        user_id,
        flow_id,
        kind,
        cash_out_id,
        moved_at,
        place,
        case when direction = 'in' then amount else 0 end as arriving,
        case when direction = 'out' then amount else 0 end as leaving,
        cast(null as decimal(18, 4)) as expiring_up_to
    from {{ name }}_sized
    where amount > 0
    union all
    select
        user_id,
        flow_id,
        'expiry' as kind,
        cast(null as string) as cash_out_id,
        max(expires_at) over (
            partition by user_id order by moved_at, place, flow_id rows between unbounded preceding and current row
        ) as moved_at,
        0 as place,
        cast(0 as decimal(18, 4)) as arriving,
        cast(0 as decimal(18, 4)) as leaving,
        cast(sum(amount) over (
            partition by user_id order by moved_at, place, flow_id rows between unbounded preceding and current row
        ) as decimal(18, 4)) as expiring_up_to
    from {{ name }}_sized
    where amount > 0 and direction = 'in'
),

{{ name }}_ordered as (
    select
        *,
        row_number() over (partition by user_id order by moved_at, place, expiring_up_to, flow_id) as n,
        cast(sum(arriving) over (
            partition by user_id
            order by moved_at, place, expiring_up_to, flow_id
            rows between unbounded preceding and current row
        ) as decimal(18, 4)) as arrived,
        cast(sum(leaving) over (
            partition by user_id
            order by moved_at, place, expiring_up_to, flow_id
            rows between unbounded preceding and current row
        ) as decimal(18, 4)) as has_left
    from {{ name }}_events
),

{{ name }}_taken as (
    select
        *,
        cast(has_left + max(
            case when expiring_up_to > has_left then expiring_up_to - has_left else 0 end
        ) over (partition by user_id order by n rows between unbounded preceding and current row) as decimal(18, 4))
            as to_position
    from {{ name }}_ordered
),

{{ name }} as (
    select
        *,
        cast(lag(to_position, 1, 0) over (partition by user_id order by n) as decimal(18, 4)) as from_position
    from {{ name }}_taken
)
{%- endmacro %}

{#- What is owed to users, month by month of posting and by `key`, a column of the ledger: what it was, what it became and
    why. What took effect in an earlier month than it was posted in is beside it, as prior_*. Every month is there from the
    first with an entry to that of the business date. -#}
{% macro roll_forward(key) -%}
{% set lines = [
    ['accrued', "'accrual', 'reversal'", ''],
    ['bonuses', "'referral_bonus'", ''],
    ['returned', "'cash_out_returned'", ''],
    ['transfers', "'school_transfer'", ''],
    ['adjustments', "'adjustment'", ''],
    ['paid', "'cash_out_paid'", '-'],
    ['expired', "'expiry'", '-'],
    ['clawed_back', "'clawback'", '-'],
    ['recovered', "'recovery'", '-']
] %}
with owed as (
    select
        {{ key }},
        line_type,
        amount,
        cast(concat(period, '-01') as date) as month_on,
        substring(cast(effective_on as string), 1, 7) < period as is_prior
    from {{ ref('fct_rewards') }}
    where account in ('pending', 'available', 'in_settlement')
),

months as (
    select distinct d.month_on
    from {{ ref('dim_date') }} as d
    where d.month_on >= (select min(month_on) from owed)
),

keys as (
    select {{ key }}, min(month_on) as first_month_on from owed group by {{ key }}
),

sums as (
    select
        {{ key }},
        month_on,
        {% for line in lines %}
        cast({{ line[2] }}sum(case when not is_prior and line_type in ({{ line[1] }}) then amount else 0 end) as decimal(18, 4))
            as {{ line[0] }},
        cast({{ line[2] }}sum(case when is_prior and line_type in ({{ line[1] }}) then amount else 0 end) as decimal(18, 4))
            as prior_{{ line[0] }},
        {% endfor %}
        sum(amount) as change
    from owed
    group by {{ key }}, month_on
),

every_month as (
    select
        k.{{ key }},
        m.month_on,
        {% for line in lines %}
        coalesce(s.{{ line[0] }}, 0) as {{ line[0] }},
        coalesce(s.prior_{{ line[0] }}, 0) as prior_{{ line[0] }},
        {% endfor %}
        coalesce(sum(s.change) over (
            partition by k.{{ key }} order by m.month_on rows between unbounded preceding and 1 preceding
        ), 0) as opening,
        coalesce(sum(s.change) over (
            partition by k.{{ key }} order by m.month_on rows between unbounded preceding and current row
        ), 0) as closing
    from keys as k
    inner join months as m on m.month_on >= k.first_month_on
    left join sums as s on s.{{ key }} is not distinct from k.{{ key }} and s.month_on = m.month_on
)

select
    month_on,
    {{ key }},
    cast(opening as decimal(18, 4)) as opening,
    {% for line in lines %}
    cast({{ line[0] }} as decimal(18, 4)) as {{ line[0] }},
    {% endfor %}
    {% for line in lines %}
    cast(prior_{{ line[0] }} as decimal(18, 4)) as prior_{{ line[0] }},
    {% endfor %}
    cast(closing as decimal(18, 4)) as closing
from every_month
{%- endmacro %}
