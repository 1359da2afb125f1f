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

{#- The outcome that a reason stands for. -#}
{% macro outcome() -%}
case
        when _reason is null then 'live'
        when _reason in ('malformed', 'null_key', 'out_of_window', 'unknown_type') then 'dropped'
        when _reason in ('bad_value', 'orphan_user') then 'quarantined'
        else _reason
    end as _outcome
{%- endmacro %}
