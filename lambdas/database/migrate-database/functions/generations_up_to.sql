-- The ledger's names of a topic's generations, from the first to the given one.
create or replace function generations_up_to(the_topic text) returns text[] language plpgsql immutable as $$
declare
  bare constant text := split_part(the_topic, '@', 1);
begin
  if bare = the_topic then
    return array[the_topic];
  end if;
  return array(
    select bare || case n when 0 then '' else '@' || n end
      from generate_series(0, split_part(the_topic, '@', 2)::int) as n);
end
$$;
