-- The terms of the rewards programme, over time: [valid_from, valid_to) in days of the reporting zone. Each row of the
-- seed holds until the next begins, so there is neither a gap nor an overlap; the first reaches back for ever. Of two
-- rows of one day a contract complains.
select
    case
        when row_number() over (order by valid_from) = 1 then date '1900-01-01' else cast(valid_from as date)
    end as valid_from,
    coalesce(lead(cast(valid_from as date)) over (order by valid_from), date '9999-12-31') as valid_to,
    cast(vest_days as int) as vest_days,
    cast(expiry_days as int) as expiry_days,
    cast(replace(cast(minimum_payout as string), ' USD', '') as decimal(18, 2)) as minimum_payout,
    cast(minimum_scope as string) as minimum_scope,
    cast(replace(cast(bonus_inviter as string), ' USD', '') as decimal(18, 4)) as bonus_inviter,
    cast(replace(cast(bonus_invitee as string), ' USD', '') as decimal(18, 4)) as bonus_invitee,
    cast(moves_with_school_change as boolean) as moves_with_school_change,
    cast(close_day as int) as close_day
from {{ ref('reward_terms') }}
