{#- Casts that mean the same on DuckDB and Spark. Each gives NULL where the text is no such value. -#}

{#- ISO text to a UTC timestamp. DuckDB's own cast ignores an offset such as +02:00, so it is taken off here;
    other spellings of one (+0200, +02) are no value rather than a wrong one. -#}
{% macro utc_timestamp(column) -%}
case
    when length({{ column }}) = 20 and substring({{ column }}, 20, 1) = 'Z' then try_cast({{ column }} as timestamp)
    when
        length({{ column }}) > 16
        and substring({{ column }}, length({{ column }}) - 5, 1) in ('+', '-')
        and substring({{ column }}, length({{ column }}) - 2, 1) = ':'
        then try_cast(substring({{ column }}, 1, length({{ column }}) - 6) as timestamp)
            - interval '1' minute * (
                case substring({{ column }}, length({{ column }}) - 5, 1) when '-' then -1 else 1 end
                * (60 * try_cast(substring({{ column }}, length({{ column }}) - 4, 2) as int)
                    + try_cast(substring({{ column }}, length({{ column }}) - 1, 2) as int))
            )
    when substring({{ column }}, 11, 30) like '%+%' or substring({{ column }}, 11, 30) like '%-%' then null
    else try_cast({{ column }} as timestamp)
end
{%- endmacro %}

{#- Text to a decimal, exactly, up to 12 digits before the point. By way of 4 more decimals: DuckDB's direct cast
    reads 8.881784e-16 as 0.01. Not by way of more than 18 digits, which costs 50 times as much. -#}
{% macro money(column, scale=2) -%}
try_cast(try_cast({{ column }} as decimal(18, {{ scale + 4 }})) as decimal(18, {{ scale }}))
{%- endmacro %}

{#- Text to a whole number below a billion: 3 and 3.0 are, 1.5 is not (the engines round it differently). A greater one
    is a slip of the hand, and what is multiplied by it would not fit. -#}
{% macro whole_number(column) -%}
case
    when
        try_cast({{ column }} as decimal(18, 4)) = floor(try_cast({{ column }} as decimal(18, 4)))
        and abs(try_cast({{ column }} as decimal(18, 4))) < 1000000000
        then try_cast(try_cast({{ column }} as decimal(18, 4)) as bigint)
end
{%- endmacro %}
