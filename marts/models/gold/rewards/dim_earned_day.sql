-- The days on which rewards were earned that are in the ledger, and how long ago they are on the business date.
with days as (
    select distinct earned_on from {{ ref('fct_rewards') }} where earned_on is not null
),

aged as (
    select earned_on, cast(date '{{ var("business_date") }}' - earned_on as int) as days_since from days
)

select
    earned_on,
    days_since,
    case
        when days_since <= 30 then '0-30'
        when days_since <= 90 then '31-90'
        when days_since <= 180 then '91-180'
        when days_since <= 365 then '181-365'
        else 'over 365'
    end as age
from aged
