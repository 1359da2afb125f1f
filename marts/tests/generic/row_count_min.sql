{% test row_count_min(model, min) %}
-- One row, with the count, where a model has fewer rows than it must have.
select count(*) as row_count
from {{ model }}
having count(*) < {{ min }}
{% endtest %}
