{{ config(materialized='table') }}
-- Every close of a month of the ledger; of one that was reopened, when and why.
select
    period,
    cast(closed_at as timestamp) as closed_at,
    closed_by,
    release_id,
    cast(reopened_at as timestamp) as reopened_at,
    reopened_by,
    reason,
    cast(entries as bigint) as entries,
    sha256,
    cast(quarantined_rows as bigint) as quarantined_rows,
    cast(quarantined_amount as decimal(18, 4)) as quarantined_amount
from {{ source('closes', 'accounting_periods') }}
