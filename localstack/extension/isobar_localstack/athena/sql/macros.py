"""DuckDB macros for functions with Trino's meaning that DuckDB lacks.

A macro raises an error by casting the error's text to a number. The text begins with Trino's error name.
DuckDB's own `error` function is volatile, and TRY does not accept volatile functions.
"""

MACROS = r"""
CREATE MACRO trino_error(message) AS CAST(message AS BIGINT);
CREATE MACRO trino_subscript(list, i) AS CASE
  WHEN list IS NULL OR i IS NULL THEN NULL
  WHEN i = 0 THEN list[trino_error('INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1')]
  WHEN i < 0 THEN list[trino_error('INVALID_FUNCTION_ARGUMENT: Array subscript is negative: ' || i)]
  WHEN i > len(list) THEN list[trino_error(
    'INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: '
    || i || ' > ' || len(list))]
  ELSE list[i] END;
CREATE MACRO trino_element(list, i) AS CASE
  WHEN i = 0 THEN list[trino_error('INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1')]
  ELSE list_extract(list, i) END;
CREATE MACRO trino_map_subscript(m, k) AS CASE
  WHEN m IS NULL OR k IS NULL THEN NULL
  WHEN NOT map_contains(m, k)
    THEN map_values(m)[trino_error('INVALID_FUNCTION_ARGUMENT: Key not present in map: ' || k)]
  ELSE m[k] END;
CREATE MACRO trino_contains(list, x) AS CASE
  WHEN x IS NULL OR list IS NULL THEN NULL
  WHEN list_contains(list, x) THEN true
  WHEN len(list) > list_count(list) THEN NULL
  ELSE false END;
CREATE MACRO trino_all(list) AS CASE
  WHEN list_contains(list, false) THEN false WHEN len(list) > list_count(list) THEN NULL ELSE true END;
CREATE MACRO trino_no_nan(x) AS CASE
  WHEN isnan(x) THEN trino_error('NOT_SUPPORTED: Ordering NaN is not supported by the local Athena')
  ELSE x END;
CREATE MACRO trino_sequence(list) AS CASE
  WHEN len(list) = 0 THEN list[trino_error(
    'INVALID_FUNCTION_ARGUMENT: sequence stop value should be greater than or equal to start value '
    || 'if step is greater than zero otherwise stop should be less than or equal to start'):0]
  WHEN len(list) > 10000 THEN list[trino_error(
    'INVALID_FUNCTION_ARGUMENT: result of sequence function must not have more than 10000 entries'):0]
  ELSE list END;
CREATE MACRO trino_repeat(x, n) AS CASE
  WHEN n < 0 THEN [x][trino_error(
    'INVALID_FUNCTION_ARGUMENT: count argument of repeat function must be greater than or equal to 0'):0]
  WHEN n > 10000 THEN [x][trino_error(
    'INVALID_FUNCTION_ARGUMENT: count argument of repeat function must be less than or equal to 10000'):0]
  ELSE list_transform(range(n), lambda i: x) END;
CREATE MACRO trino_trim_array(list, n) AS CASE
  WHEN n < 0 THEN list[trino_error('INVALID_FUNCTION_ARGUMENT: size must not be negative: ' || n):0]
  WHEN n > len(list) THEN list[trino_error(
    'INVALID_FUNCTION_ARGUMENT: size must not exceed array cardinality: ' || n || ' > ' || len(list)):0]
  ELSE list[1:len(list) - n] END;
CREATE MACRO trino_distinct(list) AS list_filter(list, lambda x, i:
  len(list_filter(list[1:i - 1], lambda y: y IS NOT DISTINCT FROM x)) = 0);
CREATE MACRO trino_has(list, x) AS len(list_filter(list, lambda y: y IS NOT DISTINCT FROM x)) > 0;
CREATE MACRO trino_overlap(a, b) AS CASE
  WHEN a IS NULL OR b IS NULL THEN NULL
  WHEN list_has_any(list_filter(a, lambda x: x IS NOT NULL), list_filter(b, lambda x: x IS NOT NULL))
    THEN true
  WHEN len(a) > 0 AND len(b) > 0 AND (len(a) > list_count(a) OR len(b) > list_count(b)) THEN NULL
  ELSE false END;
CREATE MACRO trino_slice(list, start, n) AS CASE
  WHEN start = 0 THEN list[trino_error('INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1'):0]
  WHEN n < 0 THEN list[trino_error('INVALID_FUNCTION_ARGUMENT: length must be greater than or equal to 0'):0]
  WHEN abs(start) > len(list) THEN list[1:0]
  WHEN start > 0 THEN list[start:start + n - 1]
  ELSE list[len(list) + start + 1:len(list) + start + n] END;
CREATE MACRO trino_array_max(list) AS
  CASE WHEN len(list) > list_count(list) THEN NULL ELSE list_max(list) END;
CREATE MACRO trino_array_min(list) AS
  CASE WHEN len(list) > list_count(list) THEN NULL ELSE list_min(list) END;
CREATE MACRO trino_first_entries(entries) AS map_from_entries(list_filter(entries, lambda e, i:
  len(list_filter(entries[1:i - 1], lambda f: f.k = e.k)) = 0));
CREATE MACRO trino_checked_entries(entries) AS CASE
  WHEN len(list_filter(entries, lambda e: e.k IS NULL)) > 0
    THEN map_from_entries(entries[trino_error('INVALID_FUNCTION_ARGUMENT: map key cannot be null'):0])
  WHEN len(entries) > len(list_distinct(list_transform(entries, lambda e: e.k)))
    THEN map_from_entries(
      entries[trino_error('INVALID_FUNCTION_ARGUMENT: Duplicate map keys are not allowed'):0])
  ELSE map_from_entries(entries) END;

CREATE MACRO trino_replace(s, old, new) AS CASE
  WHEN old <> '' THEN replace(s, old, new)
  WHEN s = '' AND old = '' THEN new
  ELSE new || array_to_string(regexp_extract_all(s, '(?s).'), new) || new || left(old, 0) END;
CREATE MACRO trino_upper(s) AS CASE
  WHEN contains(s, 'ß')
    THEN array_to_string(list_transform(string_split(s, 'ß'), lambda part: upper(part)), 'ß')
  ELSE upper(s) END;
CREATE MACRO trino_reverse(s) AS
  CASE WHEN s IS NOT NULL THEN array_to_string(list_reverse(regexp_extract_all(s, '(?s).')), '') END;
CREATE MACRO trino_substr(s, start, n) AS CASE
  WHEN s IS NULL OR start IS NULL OR n IS NULL THEN NULL
  WHEN start = 0 OR n <= 0 OR abs(start) > length(s) THEN ''
  WHEN start > 0 THEN substring(s, start, n)
  ELSE substring(s, length(s) + start + 1, n) END;
CREATE MACRO trino_split(s, d) AS CASE
  WHEN d = '' THEN [CAST(trino_error(
    'INVALID_FUNCTION_ARGUMENT: The delimiter may not be the empty string') AS VARCHAR)]
  ELSE string_split(s, d) END;
CREATE MACRO trino_key_and_value(entry, d) AS CASE
  WHEN len(string_split(entry, d)) = 2 THEN {'k': split_part(entry, d, 1), 'v': split_part(entry, d, 2)}
  ELSE {'k': CAST(trino_error(
    'INVALID_FUNCTION_ARGUMENT: Key-value delimiter must appear exactly once in each entry. Bad input: '
    || entry) AS VARCHAR), 'v': ''} END;
CREATE MACRO trino_split_to_map(s, d, kd) AS trino_checked_entries(list_transform(
  list_filter(string_split(s, d), lambda e, i: e <> '' OR i < len(string_split(s, d))),
  lambda e: trino_key_and_value(e, kd)));
CREATE MACRO trino_ascii(s) AS CASE
  WHEN strlen(s) > length(s) THEN CAST(trino_error(
    'NOT_SUPPORTED: A distance of non-ASCII texts is not supported by the local Athena: ' || s) AS VARCHAR)
  ELSE s END;
CREATE MACRO trino_hamming(a, b) AS CASE
  WHEN length(a) <> length(b) THEN trino_error(
    'INVALID_FUNCTION_ARGUMENT: The input strings to hamming_distance function must have the same length')
  WHEN a = '' THEN 0
  ELSE hamming(trino_ascii(a), trino_ascii(b)) END;
CREATE MACRO trino_split_part(s, d, i) AS CASE
  WHEN i <= 0 THEN CAST(trino_error('INVALID_FUNCTION_ARGUMENT: Index must be greater than zero') AS VARCHAR)
  ELSE list_extract(string_split(s, d), i) END;
CREATE MACRO trino_lpad(s, n, p) AS CASE
  WHEN n < 0 THEN CAST(trino_error(
    'INVALID_FUNCTION_ARGUMENT: Target length must be in the range [0..2147483647]') AS VARCHAR)
  WHEN p = '' THEN CAST(trino_error('INVALID_FUNCTION_ARGUMENT: Padding string must not be empty') AS VARCHAR)
  ELSE lpad(s, CAST(n AS INTEGER), p) END;
CREATE MACRO trino_rpad(s, n, p) AS CASE
  WHEN n < 0 THEN CAST(trino_error(
    'INVALID_FUNCTION_ARGUMENT: Target length must be in the range [0..2147483647]') AS VARCHAR)
  WHEN p = '' THEN CAST(trino_error('INVALID_FUNCTION_ARGUMENT: Padding string must not be empty') AS VARCHAR)
  ELSE rpad(s, CAST(n AS INTEGER), p) END;
CREATE MACRO trino_regexp_extract(s, p, g) AS
  CASE WHEN s IS NULL OR p IS NULL THEN NULL WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END;

CREATE MACRO trino_cannot_cast(x, kind) AS
  trino_error('INVALID_CAST_ARGUMENT: Cannot cast ''' || x || ''' to ' || kind);
CREATE MACRO trino_checked_text(x, pattern, kind) AS
  CASE WHEN x IS NULL THEN NULL WHEN regexp_full_match(x, pattern) THEN x
  ELSE CAST(trino_cannot_cast(x, kind) AS VARCHAR) END;
CREATE MACRO trino_boolean(x) AS CASE
  WHEN x IS NULL THEN NULL
  WHEN lower(x) IN ('t', 'true', '1') THEN true
  WHEN lower(x) IN ('f', 'false', '0') THEN false
  ELSE trino_cannot_cast(x, 'boolean') = 0 END;
CREATE MACRO trino_scientific_parts(whole, fraction, exponent) AS (
  CASE WHEN length(rtrim(ltrim(whole || fraction, '0'), '0')) < 2
    THEN rtrim(ltrim(whole || fraction, '0'), '0') || '.0'
    ELSE rtrim(ltrim(whole || fraction, '0'), '0')[1] || '.'
      || rtrim(ltrim(whole || fraction, '0'), '0')[2:] END
  || 'E'
  || (exponent + length(whole) - 1 - (length(whole || fraction) - length(ltrim(whole || fraction, '0')))));
CREATE MACRO trino_scientific(t) AS trino_scientific_parts(
  split_part(split_part(t, 'e', 1), '.', 1),
  split_part(split_part(t, 'e', 1), '.', 2),
  coalesce(TRY_CAST(split_part(t, 'e', 2) AS INTEGER), 0));
CREATE MACRO trino_floating_text(x, written) AS CASE
  WHEN x IS NULL THEN NULL
  WHEN isnan(x) THEN 'NaN'
  WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END
  WHEN x = 0 THEN CASE WHEN signbit(x) THEN '-0E0' ELSE '0E0' END
  ELSE CASE WHEN x < 0 THEN '-' ELSE '' END || trino_scientific(written) END;
CREATE MACRO trino_double_text(x) AS trino_floating_text(x, CAST(abs(x) AS VARCHAR));
CREATE MACRO trino_real_text(x) AS trino_floating_text(x, printf('%.6e', CAST(abs(x) AS DOUBLE)));
CREATE MACRO trino_java_double(x) AS CASE
  WHEN x = 0 OR abs(x) >= 1e-3 AND abs(x) < 1e7 THEN CAST(x AS VARCHAR) ELSE trino_double_text(x) END;
CREATE MACRO trino_fitting_text(t, n) AS CASE
  WHEN length(t) > n THEN CAST(trino_error(
    'INVALID_CAST_ARGUMENT: Value ' || t || ' cannot be represented as varchar(' || n || ')') AS VARCHAR)
  ELSE t END;

CREATE MACRO trino_unscaled_quotient(a, b) AS CASE
  WHEN b = 0 THEN trino_error('DIVISION_BY_ZERO: Division by zero')
  ELSE a // b + CASE WHEN 2 * abs(a % b) >= abs(b) THEN sign(a) * sign(b) ELSE 0 END END;
CREATE MACRO trino_finite(x) AS CASE WHEN isfinite(x) THEN x END;
CREATE MACRO trino_moment(list, mean, k) AS
  list_sum(list_transform(list_filter(list, lambda x: x IS NOT NULL), lambda x: power(x - mean, k)));
CREATE MACRO trino_skewness_of(n, m2, m3) AS CASE
  WHEN n < 3 THEN NULL WHEN m2 = 0 THEN CAST('nan' AS DOUBLE) ELSE sqrt(n) * m3 / power(m2, 1.5) END;
CREATE MACRO trino_skewness(list, mean) AS
  trino_skewness_of(list_count(list), trino_moment(list, mean, 2), trino_moment(list, mean, 3));
CREATE MACRO trino_kurtosis_of(n, m2, m4) AS CASE
  WHEN n < 4 THEN NULL WHEN m2 = 0 THEN CAST('nan' AS DOUBLE)
  ELSE (n - 1) * n * (n + 1) / ((n - 2) * (n - 3)) * m4 / (m2 * m2)
    - 3 * (n - 1) * (n - 1) / ((n - 2) * (n - 3)) END;
CREATE MACRO trino_kurtosis(list, mean) AS trino_kurtosis_of(
  CAST(list_count(list) AS DOUBLE), trino_moment(list, mean, 2), trino_moment(list, mean, 4));
CREATE MACRO trino_cube_root(x, y) AS y - (y * y * y - x) / (3 * y * y);
CREATE MACRO trino_cbrt(x) AS
  CASE WHEN x = 0 OR NOT isfinite(x) THEN x ELSE trino_cube_root(x, cbrt(x)) END;
CREATE MACRO trino_sqrt(x) AS CASE WHEN x < 0 THEN CAST('nan' AS DOUBLE) ELSE sqrt(x) END;
CREATE MACRO trino_ln(x) AS CASE
  WHEN x < 0 THEN CAST('nan' AS DOUBLE) WHEN x = 0 THEN CAST('-infinity' AS DOUBLE) ELSE ln(x) END;
CREATE MACRO trino_width_bucket(x, low, high, n) AS CASE
  WHEN n <= 0 THEN trino_error('INVALID_FUNCTION_ARGUMENT: bucketCount must be greater than 0')
  WHEN low = high THEN trino_error('INVALID_FUNCTION_ARGUMENT: bounds cannot equal each other')
  WHEN low < high THEN CASE
    WHEN x < low THEN 0 WHEN x >= high THEN n + 1
    ELSE CAST(floor((x - low) / ((high - low) / n)) AS BIGINT) + 1 END
  ELSE CASE
    WHEN x > low THEN 0 WHEN x <= high THEN n + 1
    ELSE CAST(floor((low - x) / ((low - high) / n)) AS BIGINT) + 1 END END;

CREATE MACRO trino_json_valid(j) AS CASE WHEN json_valid(j) THEN CAST(j AS JSON) END;
CREATE MACRO trino_json_parse(s) AS CASE
  WHEN s IS NULL THEN NULL
  WHEN json_valid(s) THEN CAST(s AS JSON)
  ELSE CAST(CAST(trino_error(
    'INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON: ''' || s || '''') AS VARCHAR) AS JSON) END;
CREATE MACRO trino_json_double(j) AS TRY_CAST(j ->> '$' AS DOUBLE);
CREATE MACRO trino_the_one_text(texts) AS CASE
  WHEN len(texts) = 1 THEN texts[1]
  ELSE CAST(trino_error(
    'NOT_SUPPORTED: A number with several spellings in the JSON text is not supported by the local Athena: '
    || array_to_string(texts, ', ')) AS VARCHAR) END;
CREATE MACRO trino_as_written(text, number) AS trino_the_one_text(list_distinct(list_filter(
  regexp_extract_all(text, '-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?'),
  lambda t: TRY_CAST(t AS DOUBLE) = number)));
CREATE MACRO trino_scalar_of_text(text, j) AS CASE
  WHEN json_type(j) IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL
  WHEN json_type(j) = 'DOUBLE' THEN trino_as_written(text, trino_json_double(j))
  ELSE j ->> '$' END;
CREATE MACRO trino_scalar_of_json(j) AS CASE
  WHEN json_type(j) IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL
  WHEN json_type(j) = 'DOUBLE' THEN trino_java_double(trino_json_double(j))
  ELSE j ->> '$' END;
CREATE MACRO trino_json_text(j) AS CASE
  WHEN json_type(j) IN ('OBJECT', 'ARRAY') THEN CAST(trino_error(
    'INVALID_CAST_ARGUMENT: Cannot cast JSON object or array to varchar') AS VARCHAR)
  WHEN json_type(j) = 'NULL' THEN NULL
  WHEN json_type(j) = 'DOUBLE' THEN trino_double_text(trino_json_double(j))
  ELSE j ->> '$' END;
CREATE MACRO trino_json_container(j) AS CASE
  WHEN json_type(j) IN ('OBJECT', 'ARRAY') THEN j
  WHEN json_type(j) <> 'NULL'
    THEN CAST(CAST(trino_error('INVALID_CAST_ARGUMENT: Cannot cast to row: ' || j) AS VARCHAR) AS JSON) END;
CREATE MACRO trino_json_member(j, i, name) AS CASE json_type(j)
  WHEN 'ARRAY' THEN json_extract(j, '$[' || i || ']') ELSE json_extract(j, '$."' || name || '"') END;
CREATE MACRO trino_json_size(j) AS CASE json_type(j)
  WHEN 'OBJECT' THEN len(json_keys(j)) WHEN 'ARRAY' THEN json_array_length(j) WHEN NULL THEN NULL ELSE 0 END;
CREATE MACRO trino_iso8601(s) AS CASE
  WHEN s IS NULL THEN NULL
  WHEN regexp_full_match(s, '\d{4}-\d\d-\d\d(T\d\d(:\d\d(:\d\d([.,]\d{1,9})?)?)?)?(Z|[+]00(:?00)?)?')
    THEN CAST(replace(replace(regexp_replace(s, '(Z|[+]00(:?00)?)$', ''), 'T', ' '), ',', '.')
      || CASE WHEN regexp_full_match(s, '\d{4}-\d\d-\d\dT\d\d(Z|[+].*)?') THEN ':00' ELSE '' END AS TIMESTAMP)
  WHEN regexp_full_match(s, '\d{4}-\d\d-\d\dT.*[+-]\d\d:?\d\d')
    THEN make_timestamp(trino_error(
      'NOT_SUPPORTED: from_iso8601_timestamp of a text with an offset is not supported by the local Athena: '
      || s))
  ELSE make_timestamp(trino_error('INVALID_FUNCTION_ARGUMENT: Invalid format: "' || s || '"')) END;
"""
