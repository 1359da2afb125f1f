{#- Windows of time, counted to the end of the business date. -#}

{#- The day of a UTC moment in the reporting zone. -#}
{% macro reporting_day(moment) -%}
cast(from_utc_timestamp({{ moment }}, '{{ var("reporting_zone") }}') as date)
{%- endmacro %}

{#- Whole seconds from one timestamp to another. The engines have no function for it in common. -#}
{% macro seconds_between(first, last) -%}
cast(
    86400 * cast(cast({{ last }} as date) - cast({{ first }} as date) as int)
    + 3600 * (hour({{ last }}) - hour({{ first }}))
    + 60 * (minute({{ last }}) - minute({{ first }}))
    + (second({{ last }}) - second({{ first }}))
    as bigint
)
{%- endmacro %}

{#- As `seconds_between`; 0 where the last came first, NULL where either is not there: `greatest` passes over NULL. -#}
{% macro seconds_after(first, last) -%}
case when {{ last }} < {{ first }} then 0 else {{ seconds_between(first, last) }} end
{%- endmacro %}

{#- Whole seconds from a UTC moment to the end of the business date, by the clocks of the reporting zone. -#}
{% macro seconds_observed(moment) -%}
greatest(
    {{ seconds_between(
        "from_utc_timestamp(" ~ moment ~ ", '" ~ var("reporting_zone") ~ "')",
        "cast(date_add(date '" ~ var("business_date") ~ "', 1) as timestamp)"
    ) }},
    0
)
{%- endmacro %}

{#- Whether a moment lies on a day that is over: what can still happen before it is no failure yet. -#}
{% macro is_over(moment) -%}
{{ reporting_day(moment) }} <= date '{{ var("business_date") }}'
{%- endmacro %}

{#- How far a stage of the funnel was come: `before` is the status of the stage before, `at` when it was reached, `by` when its
    window ends. -#}
{% macro stage_status(at, by, before='') -%}
case
        {% if before != '' %}
        when {{ before }} <> 'reached' then {{ before }}
        {% endif %}
        when {{ at }} <= {{ by }} then 'reached'
        when {{ is_over(by) }} then 'lapsed'
        else 'open'
    end
{%- endmacro %}
