import type { AppConfig } from '../../lib/app-config.ts';
import type { Account, Check, Finding } from './check.ts';
import { checkExistingCluster, checkExistingDatabase } from './existing-resources.ts';
import type { Wanted } from './wanted.ts';

/** Whose account it is. It needs no templates. */
export async function checkCredentials(account: Account, { region }: AppConfig): Promise<Finding> {
  const check = 'credentials';
  try {
    const { account: id, arn } = await account.identity();
    const who: Finding = { check, result: 'ok', found: `account ${id}, ${region}, as ${arn}` };
    return arn.endsWith(':root')
      ? { ...who, result: 'note', todo: 'Deploy with a role, not with the root user: docs/aws.md#rights.' }
      : who;
  } catch (error) {
    return {
      check,
      result: 'stop',
      found: `AWS accepts no credentials of yours: ${reasonOf(error)}`,
      todo: 'Sign in, for example with `aws sso login`, and set AWS_PROFILE to the profile.',
    };
  }
}

/**
 * Looks for what makes a deploy fail, before it begins.
 * @returns a finding or more of each check, in a fixed order
 */
export async function preflight(account: Account, wanted: Wanted, config: AppConfig): Promise<Finding[]> {
  const findings = await Promise.all(
    Object.entries(checks).map(([name, check]) => runCheck(name, check, { account, wanted, config })),
  );
  return findings.flat();
}

/** A check that may not ask says so. The deploy itself will show whether it mattered. */
async function runCheck(
  name: string,
  check: Check,
  { account, wanted, config }: { account: Account; wanted: Wanted; config: AppConfig },
): Promise<Finding[]> {
  try {
    return [...(await check(account, wanted, config))];
  } catch (error) {
    return [{ check: name, result: 'note', found: `could not be checked: ${reasonOf(error)}` }];
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** MSK answers with the zones that it refuses only when the cluster is created. */
const refusedByMsk = ['use1-az3'];

/** The CDK's roles and its bucket. They need more rights than a deploy, so a deploy does not make them. */
const checkBootstrap: Check = async (account, _, { region }) => {
  const check = 'bootstrap';
  const status = await account.stackStatus('CDKToolkit');
  if (/^(CREATE|UPDATE)_COMPLETE$/.test(status ?? '')) return [{ check, result: 'ok', found: 'CDKToolkit' }];
  const { account: id } = await account.identity();
  return [
    {
      check,
      result: 'stop',
      found: `the stack CDKToolkit is ${status ?? 'absent'}`,
      todo: `Once, by an administrator (docs/aws.md#rights): npx cdk bootstrap aws://${id}/${region}`,
    },
  ];
};

const checkZones: Check = async (account, _, { network, region }) => {
  const offered = (await account.zones()).filter((id) => !refusedByMsk.includes(id));
  const missing = network.zoneIds.filter((id) => !offered.includes(id));
  const check = 'zones';
  if (missing.length === 0) return [{ check, result: 'ok', found: network.zoneIds.join(', ') }];
  return [
    {
      check,
      result: 'stop',
      found: `${missing.join(', ')} cannot be used in ${region}`,
      todo: `Choose three of ${offered.join(', ')}: --zones ${offered.slice(0, 3).join(',')}`,
    },
  ];
};

const checkConcurrency: Check = async (account, { concurrency: needed }) => {
  const limit = await account.concurrency();
  const check = 'Lambda concurrency';
  const found = `${limit} functions may run at once; the stage runs up to ${needed}`;
  if (limit >= needed) return [{ check, result: 'ok', found }];
  return [
    {
      check,
      // Functions wait for each other then; the deploy works unless some concurrency is reserved.
      result: limit < 100 ? 'stop' : 'note',
      found,
      todo:
        'Ask for more (it takes minutes to days): aws service-quotas request-service-quota-increase ' +
        `--service-code lambda --quota-code L-B99A9384 --desired-value ${Math.max(1_000, needed)}`,
    },
  ];
};

const checkSlack: Check = async (account, _, { stage }) => {
  const name = `isobar/${stage}/slack-webhook`;
  const check = 'Slack secret';
  const state = await account.secret(name);
  if (state === 'present') return [{ check, result: 'ok', found: name }];
  const todo =
    state === 'absent'
      ? `aws secretsmanager create-secret --name ${name} --secret-string https://hooks.slack.com/services/…`
      : `aws secretsmanager restore-secret --secret-id ${name}`;
  return [{ check, result: 'stop', found: `${name} is ${state}`, todo }];
};

const checkApiLogs: Check = async (account) => {
  const check = 'API logs';
  if (await account.canApiLog()) return [{ check, result: 'ok', found: 'API Gateway has a role for logs' }];
  return [
    {
      check,
      result: 'stop',
      found: 'API Gateway has no role for logs in this account and region',
      todo:
        'Once for each account and region: aws cloudformation deploy --stack-name isobar-account ' +
        '--template-file docs/aws/account.yaml --capabilities CAPABILITY_IAM',
    },
  ];
};

/** CloudFormation cannot update a stack in these states. */
const blocked = /^(ROLLBACK_COMPLETE|ROLLBACK_FAILED|CREATE_FAILED|DELETE_FAILED)$/;

const checkStacks: Check = async (account, { stacks }) => {
  const states = await Promise.all(
    stacks.map(async (name) => ({ name, status: await account.stackStatus(name) })),
  );
  const stopped = states.flatMap(({ name, status = '' }): Finding[] =>
    blocked.test(status)
      ? [
          {
            check: 'stacks',
            result: 'stop',
            found: `${name} is ${status}`,
            todo: `Delete it; it holds nothing yet: aws cloudformation delete-stack --stack-name ${name}`,
          },
        ]
      : /_IN_PROGRESS$/.test(status) && status !== 'REVIEW_IN_PROGRESS'
        ? [
            {
              check: 'stacks',
              result: 'stop',
              found: `${name} is ${status}`,
              todo: 'Wait until it is done: somebody else deploys.',
            },
          ]
        : [],
  );
  if (stopped.length > 0) return stopped;
  const existing = states.filter(({ status }) => status !== undefined).length;
  const found = `${existing} of ${stacks.length} exist and are updated; the others are created`;
  return [{ check: 'stacks', result: 'ok', found }];
};

/** Names that a new stack wants and something else has, such as what an earlier stack left on purpose. */
const checkNames: Check = async (account, { names }) => {
  const taken = await Promise.all(
    names.map(async ({ kind, name, stack }): Promise<Finding[]> => {
      if ((await account.stackStatus(stack)) !== undefined) return [];
      const has = { bucket: account.hasBucket, database: account.hasDatabase, cluster: account.hasCluster };
      if (kind === 'secret') {
        const state = await account.secret(name);
        if (state === 'absent') return [];
        return [
          {
            check: 'names',
            result: 'stop',
            found: `the secret ${name} is ${state}`,
            todo: `aws secretsmanager delete-secret --force-delete-without-recovery --secret-id ${name}`,
          },
        ];
      }
      if (!(await has[kind].call(account, name))) return [];
      return [
        {
          check: 'names',
          result: 'stop',
          found: `there is a ${kind} ${name}, which ${stack} would create`,
          todo: `It may hold data of an earlier stage: see docs/aws.md#teardown. Import it or delete it.`,
        },
      ];
    }),
  );
  const found = taken.flat();
  return found.length > 0 ? found : [{ check: 'names', result: 'ok', found: 'none is taken' }];
};

const serviceRoles = ['AWSServiceRoleForKafka', 'AWSServiceRoleForRDS'];

const checkServiceRoles: Check = async (account) => {
  const check = 'service-linked roles';
  const has = await Promise.all(serviceRoles.map((role) => account.hasRole(role)));
  const missing = serviceRoles.filter((_, at) => !has[at]);
  if (missing.length === 0) return [{ check, result: 'ok', found: serviceRoles.join(', ') }];
  return [
    {
      check,
      result: 'note',
      found: `${missing.join(', ')} will be created with the first resource that needs it`,
      todo: 'CloudFormation needs iam:CreateServiceLinkedRole, as docs/aws/execution-policy.json has it.',
    },
  ];
};

const checkPostgres: Check = async (account, { postgres }) => {
  const check = 'Postgres version';
  if (postgres === undefined) return [];
  const { version, instanceClass } = postgres;
  const offered = await account.postgresVersions(instanceClass);
  const fits = offered.some((one) => one === version || one.startsWith(`${version}.`));
  if (fits) return [{ check, result: 'ok', found: `${version} on ${instanceClass}` }];
  return [
    {
      check,
      result: 'stop',
      found: `RDS does not create Postgres ${version} on ${instanceClass} here`,
      todo: `Set the version in lib/constructs/database.ts to one of: ${offered.slice(-6).join(', ')}`,
    },
  ];
};

const checkKafka: Check = async (account, { kafkaVersion }) => {
  const check = 'Kafka version';
  if (kafkaVersion === undefined) return [];
  const offered = await account.kafkaVersions();
  if (offered.includes(kafkaVersion)) return [{ check, result: 'ok', found: kafkaVersion }];
  return [
    {
      check,
      result: 'stop',
      found: `MSK does not create Kafka ${kafkaVersion} here`,
      todo: `Set kafkaVersion in lib/constructs/kafka-cluster.ts to one of: ${offered.slice(-4).join(', ')}`,
    },
  ];
};

const checks: Readonly<Record<string, Check>> = {
  bootstrap: checkBootstrap,
  zones: checkZones,
  'Lambda concurrency': checkConcurrency,
  'Slack secret': checkSlack,
  'API logs': checkApiLogs,
  stacks: checkStacks,
  names: checkNames,
  'service-linked roles': checkServiceRoles,
  'Postgres version': checkPostgres,
  'Kafka version': checkKafka,
  'existing cluster': checkExistingCluster,
  'existing database': checkExistingDatabase,
};

/** The findings as lines, each with what to do. */
export const renderFindings = (findings: readonly Finding[]): string =>
  findings
    .map(({ check, result, found, todo }) =>
      [
        `${{ ok: '✓', note: '!', stop: '✗' }[result]} ${check.padEnd(21)} ${found}`,
        ...(todo ? [`    ${todo}`] : []),
      ].join('\n'),
    )
    .join('\n');
