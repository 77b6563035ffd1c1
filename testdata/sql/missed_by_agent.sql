-- How often was each agent rung, and how often was a call missed or declined?
--
-- Why legs: a call names the agent who took it, not those whose phones rang before. Each ring of an agent is a leg
-- of type agent. Supervisors who listen in have legs too, of type supervisor; they were not rung. Calls that the
-- agent made are left out: the call tells the direction. A leg may arrive before its call; until the next sync
-- brings the call, the leg counts as inbound.
--
-- Rows: the newest version of each leg and of each call; legs are rewritten apart from their call.
-- Time zone: none, as all days count together. To ask by day, see time_to_answer.sql.
-- Unsettled: nothing. The status stands when the call ends.
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
agents as (
  select
    legs.agent_id,
    count(*) as rung,
    count(*) filter (where legs.completion_status = 'completed') as taken,
    count(*) filter (where legs.completion_status = 'agent_missed') as missed,
    count(*) filter (where legs.completion_status in ('agent_declined', 'agent_transfer_declined')) as declined
  from latest_legs as legs
  left join latest_calls as calls on calls.id = legs.call_id
  where legs.type = 'agent' and coalesce(calls.direction, 'inbound') = 'inbound'
  group by legs.agent_id
)
select
  agent_id,
  rung,
  taken,
  missed,
  declined,
  rung - taken - missed - declined as other, -- statuses that the API's reference does not list
  cast(round(100.0 * (missed + declined) / rung) as integer) as percent_not_taken
from agents
order by missed + declined desc, agent_id;
