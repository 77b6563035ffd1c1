-- How long does each agent handle a call: talk, hold and after-call work together?
--
-- Why legs: one leg is one agent's part. The last two columns do the same from calls, to show why that is wrong: a
-- call names only the agent who took it first. That agent is credited with all the talk of a call that was passed
-- on, and those who took over are not seen at all. Where a conference was held, the call has its talk once and each
-- agent's leg has it too.
--
-- Rows: the newest version of each leg and of each call.
-- Time zone: none, as all days count together.
-- Unsettled: the last 40 minutes or so. After-call work ends after the call; a later version of the leg has all of
-- it.
with latest_calls as (
  select *
  from (select *, row_number() over (partition by id order by updated_at desc) as newest from calls) as versions
  where newest = 1
),
latest_legs as (
  select *
  from (select *, row_number() over (partition by id order by updated_at desc) as newest from legs) as versions
  where newest = 1
),
from_legs as (
  select
    agent_id,
    count(*) as handled,
    cast(round(avg(talk_time + coalesce(hold_time, 0) + coalesce(wrap_up_time, 0))) as integer) as average_seconds
  from latest_legs
  where type = 'agent' and talk_time > 0
  group by agent_id
),
from_calls as (
  select
    agent_id,
    count(*) as handled,
    cast(round(avg(talk_time + coalesce(hold_time, 0) + coalesce(wrap_up_time, 0))) as integer) as average_seconds
  from latest_calls
  where agent_id is not null and talk_time > 0
  group by agent_id
)
select
  agent_id,
  coalesce(from_legs.handled, 0) as handled,
  from_legs.average_seconds,
  coalesce(from_calls.handled, 0) as handled_by_calls,
  from_calls.average_seconds as average_by_calls
from from_legs
full join from_calls using (agent_id)
order by handled desc, agent_id;
