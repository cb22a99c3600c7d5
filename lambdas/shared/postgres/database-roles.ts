/**
 * The roles of the database: one for each pipeline, for the functions behind the metrics, for people and
 * tools that only read, and for the owner of the tables. `grants.sql` of migrate-database says what each may
 * do.
 */
export const databaseRoles = ['weather', 'fraud', 'metrics', 'reader', 'migrator'] as const;

export type DatabaseRole = (typeof databaseRoles)[number];

/** The name of a role in Postgres. It has the rights, and nobody logs in as it. */
export const groupOf = (role: DatabaseRole): string => `isobar_${role}`;

/**
 * The two logins of a role. Both have its rights. A rotation gives the login that is not in use a new
 * password, so the login in use stays valid.
 */
export const loginsOf = (role: DatabaseRole): readonly [string, string] => [
  `${groupOf(role)}_a`,
  `${groupOf(role)}_b`,
];

/** The login that a rotation changes to; undefined for a user that is no login of a role. */
export function otherLogin(login: string): string | undefined {
  const logins = databaseRoles.map(loginsOf).find((pair) => pair.includes(login));
  return logins?.find((each) => each !== login);
}
