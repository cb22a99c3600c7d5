import type { Progress } from '../terminal/progress.ts';
import type { LaunchEvent } from './launch.ts';

const titlesOf = (brokers: number): Record<string, string> => ({
  localstack: 'LocalStack',
  ...Object.fromEntries(
    Array.from({ length: brokers }, (_, index) => [`broker-${index + 1}`, `Kafka broker ${index + 1}`]),
  ),
  postgres: 'Postgres',
  'kafka-poller': 'Kafka poller',
});
const titlesOfStacks = { console: 'Console', 'slack-inbox': 'Slack inbox' };

/**
 * Shows a launch as parallel steps, below the address of the console, which answers before all others. `end`
 * marks the unfinished steps as failed.
 */
export function showLaunch(
  progress: Progress,
  {
    prometheus,
    notes = [],
    platformOnly = false,
    brokers = 3,
  }: {
    readonly prometheus: boolean;
    readonly notes?: readonly string[];
    readonly platformOnly?: boolean;
    readonly brokers?: number | undefined;
  },
): {
  onEvent: (event: LaunchEvent) => void;
  end: (error?: unknown) => void;
} {
  const open = new Map<string, PromiseWithResolvers<void> & { showDetail: (detail: string) => void }>();
  const begin = (name: string, title: string) => {
    const settled = Promise.withResolvers<void>();
    progress
      .step(title, (showDetail) => {
        open.set(name, { ...settled, showDetail });
        return settled.promise;
      })
      .catch(() => undefined); // shown as failed; the launch rejects with the reason
  };
  const done = (name: string) => {
    open.get(name)?.resolve();
    open.delete(name);
  };

  const lead = Promise.withResolvers<string | undefined>();
  progress.lead(lead.promise);
  if (platformOnly) lead.resolve(undefined);
  else begin('synthesis', 'Synthesize templates');
  const titles = { ...(platformOnly ? {} : titlesOfStacks), ...titlesOf(brokers) };
  for (const [name, title] of Object.entries(titles)) begin(name, title);
  if (prometheus) begin('prometheus', 'Prometheus');
  return {
    onEvent: (event) => {
      if (event.type === 'up' && event.service === 'console')
        lead.resolve([`Console: ${event.address}`, ...notes].join('\n'));
      if (event.type === 'up') done(event.service);
      if (event.type === 'port-moved')
        void progress.step(
          `Port ${event.from} is in use: ${event.service} listens on ${event.to}`,
          async () => undefined,
        );
      if (event.type === 'synthesized') done('synthesis');
      if (event.type === 'ready' && !platformOnly) begin('deploy', 'Deploy stacks');
      if (event.type === 'deploying') {
        const { stack, completed, total } = event.progress;
        open.get('deploy')?.showDetail(`${stack} ${completed}${total ? `/${total}` : ''}`);
      }
      if (event.type === 'deployed') done('deploy');
    },
    end: (error = new Error('not finished')) => {
      lead.resolve(undefined);
      for (const { reject } of open.values()) reject(error);
      open.clear();
    },
  };
}
