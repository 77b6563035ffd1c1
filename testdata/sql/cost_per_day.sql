-- What does the phone cost a day?
--
-- call_charge is a decimal number in text, with any number of decimals: cast it to an exact decimal, since sums of floats
-- do not add up to the bill. The charge of a call includes its legs, so charges of legs are not added.
-- Version: the newest of each call.
-- Time zone: the day is that of Europe/Berlin; created_at is UTC.
-- Late rewrites: the charge is null when the call ends and arrives about 40 minutes later, and a last rewrite comes about
-- 3 hours after the call. So a day is final once the table has seen something that was modified 4 hours after its
-- midnight. That is judged by the data and not by now(): if the sync stood still, the day is not final either.
with latest_calls as (
  from calls
  qualify row_number() over (partition by id order by updated_at desc) = 1
)
select
  cast(created_at at time zone 'UTC' at time zone 'Europe/Berlin' as date) as day,
  count(*) as calls,
  count(*) filter (where call_charge is null) as without_charge,
  coalesce(sum(cast(call_charge as decimal(18, 6))), 0) as us_dollars,
  (select max(updated_at) from latest_calls)
    >= cast(day + 1 as timestamp) at time zone 'Europe/Berlin' at time zone 'UTC' + interval 4 hours as final
from latest_calls
group by all
order by day;
