-- The sum of squared distances from the mean, of two parts of a series together, by Chan's formula. Means
-- that are nearly equal are taken as equal, and a part without values has no mean, as in merged_mean.
create or replace function merged_m2(
  count_a bigint, mean_a double precision, m2_a double precision,
  count_b bigint, mean_b double precision, m2_b double precision
) returns double precision language sql immutable parallel safe
return case when mean_a is null then m2_b
            when mean_b is null then m2_a
            when abs(mean_b - mean_a) < 1e-100 then m2_a + m2_b
            else m2_a + m2_b + (mean_b - mean_a) * (mean_b - mean_a)
                               * (count_a::double precision * count_b / (count_a + count_b)) end;
