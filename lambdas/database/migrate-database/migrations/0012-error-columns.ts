export default `
  -- For the row of a file with columns in another order than the documented one: which cell of raw_row each documented field
  -- is, from 0, as in '0,1,3,2,4,5'; -1 for a field that the file does not have.
  alter table error_weather_data add column columns text;
`;
