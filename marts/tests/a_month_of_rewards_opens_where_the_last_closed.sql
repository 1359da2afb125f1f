-- Opening and all lines make the closing, which is the next month's opening: by school and by funding source.
with months as (
    {% for table, key in [['agg_rewards_month_school', 'school_id'], ['agg_rewards_month_funding', 'funding_source']] %}
    select
        '{{ key }}' as of_what,
        {{ key }} as member,
        month_on,
        opening,
        closing,
        opening + accrued + bonuses + returned + transfers + adjustments - paid - expired - clawed_back - recovered
        + prior_accrued + prior_bonuses + prior_returned + prior_transfers + prior_adjustments
        - prior_paid - prior_expired - prior_clawed_back - prior_recovered as reckoned,
        lag(closing, 1, 0) over (partition by {{ key }} order by month_on) as closed_before
    from {{ ref(table) }}
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}
)

select of_what, member, month_on, opening, closed_before, reckoned, closing
from months
where opening <> closed_before or reckoned <> closing
