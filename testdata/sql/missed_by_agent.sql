-- How often was each agent rung, and how often was a call missed or declined?
--
-- Only legs tell: a call names the agent who took it, not those whose phones rang before. Each ring of an agent is a leg
-- of type agent. Supervisors who listen in have legs too, of type supervisor; they were not rung.
-- Calls that the agent made are left out. A leg may arrive before its call; then its direction is not known yet, and it
-- counts as inbound until the next sync brings the call.
-- Version: the newest of each leg and of each call. Legs are rewritten apart from their call.
-- Time zone: none, as long as all days count together. For a day, compare created_at as time_to_answer.sql does.
-- Late rewrites: the status stands when the call ends; cost and quality, which come later, are not used here.
with latest_legs as (
  from legs
  qualify row_number() over (partition by id order by updated_at desc) = 1
),
latest_calls as (
  from calls
  qualify row_number() over (partition by id order by updated_at desc) = 1
)
select
  legs.agent_id,
  count(*) as rung,
  count(*) filter (where legs.completion_status = 'completed') as taken,
  count(*) filter (where legs.completion_status = 'agent_missed') as missed,
  count(*) filter (where legs.completion_status in ('agent_declined', 'agent_transfer_declined')) as declined,
  rung - taken - missed - declined as other, -- statuses that the API's reference does not list
  cast(round(100 * (missed + declined) / rung) as integer) as percent_not_taken
from latest_legs as legs
left join latest_calls as calls on calls.id = legs.call_id
where legs.type = 'agent' and coalesce(calls.direction, 'inbound') = 'inbound'
group by legs.agent_id
order by missed + declined desc, legs.agent_id;
