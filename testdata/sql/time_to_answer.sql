-- How long do customers wait until an agent answers: the median, and the time within which nine of ten are answered?
--
-- time_to_answer runs from the moment Talk picks up, greetings and menu included. It is null when no agent answered, so
-- calls that were given up are not in it: read it beside outcome_by_hour.sql. Percentiles are values that occurred
-- (percentile_disc); averages would hide the long waits.
-- Version: the newest of each call, as in outcome_by_hour.sql.
-- Time zone: the day is that of Europe/Berlin; created_at is UTC.
-- Late rewrites: the value is there when the call ends, and the rewrites after 40 minutes and 3 hours do not touch it.
with latest_calls as (
  from calls
  qualify row_number() over (partition by id order by updated_at desc) = 1
)
select
  cast(created_at at time zone 'UTC' at time zone 'Europe/Berlin' as date) as day,
  count(*) as answered,
  percentile_disc(0.5) within group (order by time_to_answer) as median_seconds,
  percentile_disc(0.9) within group (order by time_to_answer) as p90_seconds
from latest_calls
where direction = 'inbound' and time_to_answer is not null
group by all
order by day;
