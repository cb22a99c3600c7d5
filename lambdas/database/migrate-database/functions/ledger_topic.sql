-- The name that the ledger has for the current generation of a topic: `weather-data`, `weather-data@1`.
create or replace function ledger_topic(the_topic text) returns text language sql stable as $$
  select coalesce(
    (select g.topic || case g.generation when 0 then '' else '@' || g.generation end
       from topic_generations g
      where g.topic = the_topic
      order by g.used_at desc
      limit 1),
    the_topic)
$$;
