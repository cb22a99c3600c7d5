export default `
  -- When the tables of the lake came to show this revision of the day. Null: they may still show an earlier one.
  alter table published_days add column catalog_published_at timestamptz;
  update published_days set catalog_published_at = published_at;
`;
