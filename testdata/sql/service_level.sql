-- Which share of the callers is answered within 20 seconds, by half hour of the day?
--
-- The 20 seconds are spent in the queue (wait_time): no agent can shorten a greeting or a menu. time_to_answer
-- includes both, and the last column measures by it. The share is that of all who asked for an agent: those who left
-- the menu by hanging up (abandoned_in_ivr) did not, those who gave up in the queue or left a voicemail did. Some
-- desks leave out who gave up within the 20 seconds; then subtract that column from offered.
--
-- Rows: calls, and of each its newest version, whether the table is upserted or appended to.
-- Time zone: the half hour is that of Europe/Berlin, daylight saving included; created_at is a timestamp without
-- zone, in UTC. A call counts where it began.
-- Unsettled: nothing. The times are there when the call ends, and later versions of the call do not change them.
with latest_calls as (
  select *, created_at at time zone 'UTC' at time zone 'Europe/Berlin' as began
  from (select *, row_number() over (partition by id order by updated_at desc) as newest from calls) as versions
  where newest = 1
),
offered_calls as (
  select
    lpad(cast(extract(hour from began) as varchar), 2, '0')
      || case when extract(minute from began) < 30 then ':00' else ':30' end as half_hour,
    time_to_answer,
    wait_time
  from latest_calls
  where direction = 'inbound' and coalesce(completion_status, '') <> 'abandoned_in_ivr'
),
half_hours as (
  select
    half_hour,
    count(*) as offered,
    count(time_to_answer) as answered,
    count(*) filter (where time_to_answer is not null and wait_time <= 20) as within_20_seconds,
    count(*) filter (where time_to_answer is null and wait_time <= 20) as gave_up_within_20_seconds,
    count(*) filter (where time_to_answer <= 20) as within_20_seconds_of_pickup
  from offered_calls
  group by half_hour
)
select
  half_hour,
  offered,
  answered,
  within_20_seconds,
  gave_up_within_20_seconds,
  cast(round(100.0 * within_20_seconds / offered) as integer) as service_level_percent,
  cast(round(100.0 * within_20_seconds_of_pickup / offered) as integer) as percent_from_pickup
from half_hours
order by offered desc, half_hour;
