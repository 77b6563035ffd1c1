-- How long do customers wait until an agent answers: the median, and the time within which nine of ten are answered?
--
-- time_to_answer runs from the moment Talk picks up, greetings and menu included. It is null when no agent answered,
-- so calls that were given up are not in it: read it beside outcome_by_hour.sql. Percentiles are values that
-- occurred (percentile_disc); averages would hide the long waits.
--
-- Rows: calls, and of each its newest version, whether the table is upserted or appended to.
-- Time zone: the day is that of Europe/Berlin, daylight saving included; created_at is a timestamp without zone, in
-- UTC.
-- Unsettled: nothing. The value is there when the call ends, and later versions of the call do not change it.
with latest_calls as (
  select *, created_at at time zone 'UTC' at time zone 'Europe/Berlin' as began
  from (select *, row_number() over (partition by id order by updated_at desc) as newest from calls) as versions
  where newest = 1
)
select
  cast(began as date) as day,
  count(*) as answered,
  percentile_disc(0.5) within group (order by time_to_answer) as median_seconds,
  percentile_disc(0.9) within group (order by time_to_answer) as p90_seconds
from latest_calls
where direction = 'inbound' and time_to_answer is not null
group by cast(began as date)
order by day;
