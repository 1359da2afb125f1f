{% test unique_combination(model, columns) %}
-- Values that more than one row has in these columns together.
select
    {% for column in columns %}{{ column }}, {% endfor %}count(*) as row_count
from {{ model }}
group by {% for column in columns %}{{ column }}{% if not loop.last %}, {% endif %}{% endfor %}
having count(*) > 1
{% endtest %}
