-- The generation of a topic with this cluster and configured epoch. A new one begins at the first call; the
-- first of all is 0. Records that were processed before there were generations belong to 0.
create or replace function topic_generation(the_topic text, the_cluster text, the_epoch int)
returns int language plpgsql as $$
declare
  found_generation int;
begin
  select g.generation into found_generation
    from topic_generations g
   where g.topic = the_topic and g.cluster = the_cluster and g.epoch = the_epoch
     and g.used_at = (select max(used_at) from topic_generations where topic = the_topic);
  if found then
    return found_generation;
  end if;

  -- Two functions that begin at once must not take the same number.
  lock table topic_generations in share row exclusive mode;
  insert into topic_generations as g (topic, cluster, epoch, generation)
  select the_topic, the_cluster, the_epoch, count(*) from topic_generations where topic = the_topic
      on conflict (topic, cluster, epoch) do update set used_at = excluded.used_at
  returning g.generation into found_generation;
  return found_generation;
end
$$;
