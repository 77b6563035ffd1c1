-- What does the phone cost a day?
--
-- call_charge is a decimal number in text, with any number of decimals: cast it to an exact decimal, since sums of
-- floats do not add up to the bill. The charge of a call includes its legs, so charges of legs are not added. A call
-- without a charge costs nothing, or its charge has not come yet.
--
-- Rows: calls, and of each its newest version, whether the table is upserted or appended to.
-- Time zone: the day is that of Europe/Berlin, daylight saving included; times in the table are timestamps without
-- zone, in UTC.
-- Unsettled: the last hours. The charge is null when the call ends and arrives about 40 minutes later; a last
-- version comes about 3 hours after the call. So a day is final once the table has a row that was modified 4 hours
-- or more after the day's end. That is judged by the data and not by now(): if the sync stood still, the day is not
-- final either.
with latest_calls as (
  select *, created_at at time zone 'UTC' at time zone 'Europe/Berlin' as began
  from (select *, row_number() over (partition by id order by updated_at desc) as newest from calls) as versions
  where newest = 1
),
days as (
  select
    cast(began as date) as day,
    count(*) as calls,
    count(*) - count(call_charge) as without_charge,
    coalesce(sum(cast(call_charge as decimal(18, 6))), 0) as us_dollars
  from latest_calls
  group by cast(began as date)
)
select
  day,
  calls,
  without_charge,
  cast(us_dollars as decimal(18, 6)) as us_dollars,
  cast(day + 1 as timestamp) at time zone 'Europe/Berlin' at time zone 'UTC' + interval '4 hours'
    <= (select max(updated_at) from latest_calls) as final
from days
order by day;
