import type { Query } from '../../../../../lambdas/shared/postgres/database.ts';

/**
 * Everything that this project defines in a database, sorted by name, since the order of columns does not
 * matter.
 */
export async function readCatalog(query: Query) {
  return {
    columns: await query(columns),
    constraints: await query(constraints),
    indexes: await query(indexes),
    functions: await query(functions),
    others: await query(others),
  };
}

const columns = `
  select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required,
         pg_get_expr(d.adbin, d.adrelid) as default, a.attidentity as identity, a.attgenerated as generated
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
   where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
   order by 1, 2`;

const constraints = `
  select conrelid::regclass::text as table, conname as name, pg_get_constraintdef(oid) as definition
    from pg_constraint
   where connamespace = 'public'::regnamespace
   order by 1, 2`;

const indexes = `
  select tablename as table, indexname as name, indexdef as definition
    from pg_indexes
   where schemaname = 'public'
   order by 1, 2`;

const functions = `
  select proname as name, pg_get_functiondef(oid) as definition
    from pg_proc
   where pronamespace = 'public'::regnamespace
   order by 1, 2`;

/**
 * Of other kinds there are only the sequences of identity columns; a view, a trigger or a type would be seen
 * here.
 */
const others = `
  select 'relation' as kind, relname::text as name
    from pg_class
   where relnamespace = 'public'::regnamespace and relkind not in ('r', 'i')
  union all
  select 'trigger', tgname::text from pg_trigger where not tgisinternal
  union all
  select 'type', typname::text
    from pg_type
   where typnamespace = 'public'::regnamespace and typtype <> 'c' and typelem = 0
   order by 1, 2`;
