-- Who passes calls on, who takes them over, and who asks whom for advice?
--
-- Why legs: a call that was passed on names only the agent who took it first, and says of a consultation only how
-- long it was. A transfer or a consultation is on two legs: to whom on the leg of the agent who began it, from whom
-- on the colleague's. So each column counts one side only, or every transfer would count twice. The colleague's leg
-- tells whether a transfer was refused.
--
-- Rows: the newest version of each leg. The two legs of a transfer may arrive in different runs.
-- Time zone: none, as all days count together.
-- Unsettled: nothing. Who passed a call to whom stands when the call ends.
with latest_legs as (
  select *
  from (select *, row_number() over (partition by id order by updated_at desc) as newest from legs) as versions
  where newest = 1
),
agents as (
  select
    agent_id,
    count(*) filter (where talk_time > 0) as handled,
    count(transferred_to) as transfers,
    count(*) filter (where transferred_from is not null and talk_time > 0) as took_over,
    count(consultation_to) as asked_advice,
    count(consultation_from) as gave_advice,
    coalesce(sum(consultation_time), 0) as consultation_seconds
  from latest_legs
  where type = 'agent'
  group by agent_id
),
refusals as (
  select transferred_from as agent_id, count(*) as refused
  from latest_legs
  where type = 'agent' and completion_status = 'agent_transfer_declined'
  group by transferred_from
)
select
  agent_id,
  handled,
  transfers,
  coalesce(refused, 0) as refused,
  took_over,
  asked_advice,
  gave_advice,
  cast(consultation_seconds as bigint) as consultation_seconds,
  cast(round(100.0 * (transfers - coalesce(refused, 0)) / nullif(handled, 0)) as integer) as percent_passed_on
from agents
left join refusals using (agent_id)
order by transfers desc, agent_id;
