-- The id of one version of a file, from the header `source` of a record: the header itself, or the hash of
-- `<key>@<ETag>` in older records. The same as `sourceId` in lambdas/shared/kafka/source.ts.
create or replace function source_id(source text) returns text
language sql immutable parallel safe as $$
  select case when strpos(source, '@') = 0 then source
              else left(translate(encode(sha256(convert_to(source, 'UTF8')), 'base64'), '+/', '-_'), 12) end
$$;
