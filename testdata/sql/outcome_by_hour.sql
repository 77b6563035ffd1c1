-- How many customers who call are answered, how many give up, where, and at which hour of the day?
--
-- Rows: calls, and of each its newest version, whether the table is upserted or appended to.
-- Time zone: the hour is that of Europe/Berlin, daylight saving included; created_at is a timestamp without zone, in
-- UTC.
-- Unsettled: nothing. A voicemail is pending_voicemail at first and completed later; both count as other.
with latest_calls as (
  select *, created_at at time zone 'UTC' at time zone 'Europe/Berlin' as began
  from (select *, row_number() over (partition by id order by updated_at desc) as newest from calls) as versions
  where newest = 1
)
select
  cast(extract(hour from began) as integer) as hour,
  count(*) as calls,
  count(*) filter (where agent_id is not null and completion_status not like 'abandoned%') as answered,
  count(*) filter (where completion_status = 'abandoned_in_ivr') as gave_up_in_menu,
  count(*) filter (where completion_status = 'abandoned_in_queue') as gave_up_in_queue,
  count(*) filter (where completion_status = 'abandoned_in_voicemail') as gave_up_in_voicemail,
  count(*) filter (where completion_status = 'abandoned_on_hold') as gave_up_on_hold,
  -- A voicemail left, passed on to an overflow number, or a status that the API's reference does not list.
  count(*) filter (
    where completion_status is null or agent_id is null and completion_status not like 'abandoned%'
  ) as other
from latest_calls
where direction = 'inbound'
group by cast(extract(hour from began) as integer)
order by calls desc, hour;
