import { createAws } from '../../../localstack/kafka-poller/aws.ts';
import { required } from '../lambdas/test-database.ts';
import { eventually } from './cluster.ts';

/** Deploys stacks to an emulator, by default the LocalStack of the tests, and deletes them again. */
export function createStacks(endpointUrl = required('ISOBAR_TEST_AWS_ENDPOINT_URL')) {
  const aws = createAws({
    endpoint: new URL(endpointUrl),
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  let deployed: string[] = [];

  async function cloudFormation(action: string, parameters: { [name: string]: string }): Promise<string> {
    const { status, body } = await aws({
      service: 'cloudformation',
      method: 'POST',
      path: '/',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(
        new URLSearchParams({ Action: action, Version: '2010-05-15', ...parameters }).toString(),
      ),
      timeoutMs: 60_000,
    });
    if (status !== 200) throw new Error(`${action} answered ${status}: ${body}`);
    return body.toString();
  }

  return {
    endpointUrl,
    aws,

    /** Resolves when the stack is complete. */
    async deploy(
      StackName: string,
      template: string | object,
      parameters: { [name: string]: string } = {},
    ): Promise<void> {
      deployed.push(StackName);
      await cloudFormation('CreateStack', {
        StackName,
        TemplateBody: typeof template === 'string' ? template : JSON.stringify(template),
        'Capabilities.member.1': 'CAPABILITY_IAM',
        'Capabilities.member.2': 'CAPABILITY_AUTO_EXPAND',
        ...Object.fromEntries(
          Object.entries(parameters).flatMap(([key, value], i) => [
            [`Parameters.member.${i + 1}.ParameterKey`, key],
            [`Parameters.member.${i + 1}.ParameterValue`, value],
          ]),
        ),
      });
      await eventually(
        () => cloudFormation('DescribeStacks', { StackName }),
        (answer) => {
          if (/<StackStatus>\w*(FAILED|ROLLBACK)\w*</.test(answer)) throw new Error(answer);
          return answer.includes('<StackStatus>CREATE_COMPLETE<');
        },
      );
    },

    async mskClusterArn(): Promise<string> {
      const { body } = await aws({ service: 'kafka', method: 'GET', path: '/v1/clusters' });
      return JSON.parse(body.toString()).clusterInfoList[0].clusterArn;
    },

    async deleteAll(): Promise<void> {
      for (const StackName of deployed) await cloudFormation('DeleteStack', { StackName });
      deployed = [];
    },
  };
}
