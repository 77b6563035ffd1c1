-- How many customers who call are answered, how many give up, where, and at which hour of the day?
--
-- Version: a table that is loaded by upsert holds one row a call; one that is appended to holds each version that Zendesk
-- exported. The first query keeps the newest either way. (If two versions bear the same updated_at, which happens, order
-- by the target's load time as well, such as _sdc_received_at.)
-- Time zone: created_at is UTC, in a column without a zone. The hour is that of the desk's own clock, daylight saving
-- included; put your zone in place of Europe/Berlin.
-- Late rewrites: a voicemail is pending_voicemail at first and completed later. Both count as other, so figures stand still.
with latest_calls as (
  from calls
  qualify row_number() over (partition by id order by updated_at desc) = 1
)
select
  hour(created_at at time zone 'UTC' at time zone 'Europe/Berlin') as hour,
  count(*) as calls,
  count(*) filter (where agent_id is not null and completion_status not like 'abandoned%') as answered,
  count(*) filter (where completion_status = 'abandoned_in_ivr') as gave_up_in_menu,
  count(*) filter (where completion_status = 'abandoned_in_queue') as gave_up_in_queue,
  count(*) filter (where completion_status = 'abandoned_in_voicemail') as gave_up_in_voicemail,
  count(*) filter (where completion_status = 'abandoned_on_hold') as gave_up_on_hold,
  -- A voicemail left, passed on to an overflow number, or a status that the API's reference does not list.
  count(*) filter (where agent_id is null and completion_status not like 'abandoned%' or completion_status is null) as other
from latest_calls
where direction = 'inbound'
group by all
order by calls desc, hour;
