-- The mean of two parts of a series together, by Chan's formula. Postgres refuses a product that is too small
-- for a double, so means that differ by less than 1e-100 are taken as equal. A part without values has no
-- mean.
create or replace function merged_mean(
  count_a bigint, mean_a double precision, count_b bigint, mean_b double precision
) returns double precision language sql immutable parallel safe
return case when mean_a is null then mean_b
            when mean_b is null then mean_a
            when abs(mean_b - mean_a) < 1e-100 then mean_a
            else mean_a + (mean_b - mean_a) * (count_b::double precision / (count_a + count_b)) end;
