-- Every entry of a closed period is in the ledger as it was closed, and no other is in such a period.
{% set columns -%}
entry_id, transaction_id, account, user_id, school_id, entry_type, amount, lot_id, earned_on, effective_at, effective_on,
posted_at, period, funding_source, cash_out_id, settlement_id, reverses_entry_id, line_type, source_type, source_id, posting,
revision, origin_transaction_id
{%- endset %}
with ledger as (
    select {{ columns }}
    from {{ ref('fct_rewards') }}
    where period in (select period from {{ ref('period_closes') }} where reopened_at is null)
),

closed as (
    select {{ columns }} from {{ ref('closed_rewards') }}
)

select entry_id, period, 'was closed and is not there' as what
from (select * from closed except select * from ledger) as lost
union all
select entry_id, period, 'is there and was not closed' as what
from (select * from ledger except select * from closed) as added
