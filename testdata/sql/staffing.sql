-- How many agents does the phone keep busy, by weekday and hour, and how many should be there?
--
-- Why legs: one leg is one agent's part, and agents are also kept busy by calls that they make themselves and by calls
-- that a colleague took first. busy_agents is how many were at a call at the same time, on average: the seconds of
-- talk, hold and after-call work in such hours, divided by the seconds that the hours have. A leg counts wholly in the
-- hour in which it began. agents_needed leaves each agent a fifth of the time free. It is a floor: calls do not come
-- evenly, and callers who gave up kept nobody busy, so read it beside service_level.sql. Who was logged in, the
-- exports do not tell.
--
-- An average is over all days of its weekday, those without a call in that hour too. So the days are made first, whole
-- ones only: the day of the newest row is not over. (If the first sync had a start_date, leave out the days before it:
-- of those days, only the calls that were rewritten later are in the table.)
--
-- Rows: the newest version of each leg and of each call.
-- Time zone: weekday (1 is Monday) and hour are those of Europe/Berlin, daylight saving included; the tables' times are
-- timestamps without zone, in UTC.
-- Unsettled: nothing, a few hours after midnight. After-call work ends after the call, and a leg's version of
-- 40 minutes later has all of it; the newest day is left out anyway.
with recursive latest_calls as (
  select
    *,
    created_at at time zone 'UTC' at time zone 'Europe/Berlin' as began,
    updated_at at time zone 'UTC' at time zone 'Europe/Berlin' as modified
  from (select *, row_number() over (partition by id order by updated_at desc) as newest from calls) as versions
  where newest = 1
),
latest_legs as (
  select *, created_at at time zone 'UTC' at time zone 'Europe/Berlin' as began
  from (select *, row_number() over (partition by id order by updated_at desc) as newest from legs) as versions
  where newest = 1
),
limits as (
  select min(cast(began as date)) as first_day, max(cast(modified as date)) - 1 as last_day
  from latest_calls
),
calendar as (
  select first_day as day from limits where first_day <= last_day
  union all
  select day + 1 from calendar where day < (select last_day from limits)
),
weekdays as (
  select cast(extract(isodow from day) as integer) as weekday, count(*) as days
  from calendar
  group by cast(extract(isodow from day) as integer)
),
arrivals as (
  select
    cast(extract(isodow from began) as integer) as weekday,
    cast(extract(hour from began) as integer) as hour,
    count(*) as calls
  from latest_calls
  where direction = 'inbound' and cast(began as date) in (select day from calendar)
  group by cast(extract(isodow from began) as integer), cast(extract(hour from began) as integer)
),
work as (
  select
    cast(extract(isodow from began) as integer) as weekday,
    cast(extract(hour from began) as integer) as hour,
    sum(talk_time + coalesce(hold_time, 0) + coalesce(wrap_up_time, 0)) as seconds
  from latest_legs
  where type = 'agent' and talk_time > 0 and cast(began as date) in (select day from calendar)
  group by cast(extract(isodow from began) as integer), cast(extract(hour from began) as integer)
),
hours as (
  select weekday, hour, coalesce(calls, 0) as calls, coalesce(seconds, 0) as seconds
  from arrivals
  full join work using (weekday, hour)
)
select
  weekday,
  hour,
  days,
  cast(round(10.0 * calls / days) / 10 as decimal(9, 1)) as calls_a_day,
  cast(round(10.0 * seconds / (3600 * days)) / 10 as decimal(9, 1)) as busy_agents,
  cast(greatest(1, ceil(1.0 * seconds / (0.8 * 3600 * days))) as integer) as agents_needed
from hours
join weekdays using (weekday)
order by agents_needed desc, weekday, hour;
