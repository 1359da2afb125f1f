{{ config(materialized='table') }}
-- The ledger's entries of closed periods, as they were when each was closed.
select
    entry_id,
    transaction_id,
    account,
    user_id,
    school_id,
    entry_type,
    cast(amount as decimal(18, 4)) as amount,
    lot_id,
    cast(earned_on as date) as earned_on,
    cast(effective_at as timestamp) as effective_at,
    cast(effective_on as date) as effective_on,
    cast(posted_at as timestamp) as posted_at,
    period,
    funding_source,
    cash_out_id,
    settlement_id,
    reverses_entry_id,
    line_type,
    source_type,
    source_id,
    posting,
    cast(revision as int) as revision,
    origin_transaction_id
from {{ source('closes', 'closed_ledger') }}
