{#- What the models of silver that judge bronze rows share. -#}

{#- Names with commas between them. -#}
{% macro listed(names) -%}
{% for name in names %}{{ name }}{% if not loop.last %}, {% endif %}{% endfor %}
{%- endmacro %}

{#- Of a bronze source `b`: an increment reads only what later loads brought. -#}
{% macro only_new_files() -%}
{% if is_incremental() %}
    where b._load_seq > (select coalesce(max(t._load_seq), 0) from {{ this }} as t)
{% endif %}
{%- endmacro %}

{#- Whether a row is no record of the source at all. -#}
{% macro unusable(key) -%}
when _rescued like '{"_malformed"%' then 'malformed'
            when {{ key }} is null then 'null_key'
{%- endmacro %}

{#- Whether a text that is there did not become a value. -#}
{% macro uncast(column) -%}
({{ column }} is null and {{ column }}_text is not null)
{%- endmacro %}

{#- `_rescued` with the text of a column that did not become a value added to it, as JSON. -#}
{% macro rescued(column) -%}
case
            when not {{ uncast(column) }} then _rescued
            else concat(
                case when _rescued is null then '{' else concat(substring(_rescued, 1, length(_rescued) - 1), ',') end,
                '"{{ column }}":"',
                replace(replace({{ column }}_text, chr(92), concat(chr(92), chr(92))), '"', concat(chr(92), '"')),
                '"}'
            )
        end as _rescued
{%- endmacro %}

{#- CTE `candidates`: the rows that landed and, in an increment, those whose outcome they may change. With `user`, the
    column that names one, rows are judged by that user as well. -#}
{% macro candidates(key, columns, user='') -%}
candidates as (
    select {{ listed(columns) }} from landed
    {% if is_incremental() %}
    -- All rows of the keys that landed again are judged anew.
    union all
    select {{ listed(columns) }}
    from {{ this }}
    where {{ key }} in (select {{ key }} from landed where {{ key }} is not null)
    {% if user != '' %}
    -- And so are rows that wait for a user who changed or came, or rest on one.
    union all
    select {{ listed(columns) }}
    from {{ this }}
    where
        (_outcome = 'live' or _reason in ('orphan_user', 'out_of_window'))
        and {{ user }} in (
            select user_id
            from {{ ref('int_users_checked') }}
            where _changed_seq >= {{ var('state_seq') }} and user_id is not null
        )
        and {{ key }} not in (select {{ key }} from landed where {{ key }} is not null)
    {% endif %}
    {% endif %}
)
{%- endmacro %}

{#- CTEs `copies` and `losers` over `candidates`: of rows that are equal the first stays, of versions of a key the latest
    wins. The windows run over repeated keys only: nearly every key is there once. -#}
{% macro losers_of(key) -%}
repeated as (
    select {{ key }}
    from candidates
    where {{ key }} is not null
    group by {{ key }}
    having count(*) > 1
),

copies as (
    select
        {{ key }},
        updated_at,
        _ingest_seq,
        _row_number,
        row_number() over (partition by {{ key }}, _row_hash order by _ingest_seq, _row_number) as copy
    from candidates
    where {{ key }} in (select {{ key }} from repeated)
),

losers as (
    select
        _ingest_seq,
        _row_number,
        case
            when copy > 1 then 'duplicate'
            when row_number() over (
                partition by {{ key }}, case when copy = 1 then 1 else 2 end
                order by updated_at desc nulls last, _ingest_seq desc, _row_number desc
            ) > 1 then 'superseded'
        end as reason
    from copies
)
{%- endmacro %}

{#- CTE `judged` over `candidates` and `losers`: each row's reason, by the first of its faults. `at` and `on` are its moment
    and that moment's day, which may not be after the day the file landed, in the years of a clock that was never set, or
    over a day before the sign-up of `user`. `orphan` is the condition under which a row waits for its user (`u`). -#}
{% macro judged(has_op=true, at='', on='', user='', orphan='') -%}
judged as (
    select
        c.*,
        case
            when c._fault in ('malformed', 'null_key') then c._fault
            when l.reason is not null then l.reason
            {% if has_op %}
            when c.op = 'D' then 'deleted'
            {% endif %}
            when c._fault is not null then c._fault
            {% if on != '' %}
            when
                c.{{ on }} > c._dt
                or c.{{ on }} < date '1990-01-01'
                {% if user != '' %}
                or c.{{ at }} < u.signed_up_at - interval '1' day
                {% endif %}
                then 'out_of_window'
            {% endif %}
            {% if orphan != '' %}
            when {{ orphan }} then 'orphan_user'
            {% endif %}
        end as _reason
    from candidates as c
    left join losers as l on c._ingest_seq = l._ingest_seq and c._row_number = l._row_number
    {% if user != '' %}
    left join {{ ref('stg_users') }} as u on c.{{ user }} = u.user_id
    {% endif %}
)
{%- endmacro %}

{#- What a model of judged rows selects. -#}
{% macro outcomes(columns) -%}
select
    {{ listed(columns) }},
    {{ outcome() }},
    _reason,
    {{ var('state_seq') }} as _changed_seq
from judged
{%- endmacro %}

{#- The outcome that a reason stands for. -#}
{% macro outcome() -%}
case
        when _reason is null then 'live'
        when _reason in ('malformed', 'null_key', 'out_of_window', 'unknown_type') then 'dropped'
        when _reason in ('bad_value', 'orphan_user') then 'quarantined'
        else _reason
    end as _outcome
{%- endmacro %}
