-- How long does each agent handle a call: talk, hold and after-call work together?
--
-- From legs, one leg for each agent's part. The last two columns do the same from calls, to show why that is wrong: a call
-- names only the agent who took it first. That agent is credited with all the talk of a call that was passed on, and those
-- who took over are not seen at all. Where a conference was held, the call has its talk once and each agent's leg has it too.
-- Version: the newest of each leg and of each call.
-- Time zone: none, as all days count together.
-- Late rewrites: after-call work ends after the call. A leg's wrap_up_time is complete in the version of 40 minutes later;
-- the newest legs may still grow.
with latest_legs as (
  from legs
  qualify row_number() over (partition by id order by updated_at desc) = 1
),
latest_calls as (
  from calls
  qualify row_number() over (partition by id order by updated_at desc) = 1
),
from_legs as (
  select
    agent_id,
    count(*) as handled,
    sum(talk_time + coalesce(hold_time, 0) + coalesce(wrap_up_time, 0)) as seconds
  from latest_legs
  where type = 'agent' and talk_time > 0
  group by agent_id
),
from_calls as (
  select
    agent_id,
    count(*) as handled,
    sum(talk_time + coalesce(hold_time, 0) + coalesce(wrap_up_time, 0)) as seconds
  from latest_calls
  where agent_id is not null and talk_time > 0
  group by agent_id
)
select
  agent_id,
  coalesce(from_legs.handled, 0) as handled,
  cast(round(from_legs.seconds / from_legs.handled) as integer) as average_seconds,
  coalesce(from_calls.handled, 0) as handled_by_calls,
  cast(round(from_calls.seconds / from_calls.handled) as integer) as average_by_calls
from from_legs
full join from_calls using (agent_id)
order by handled desc, agent_id;
