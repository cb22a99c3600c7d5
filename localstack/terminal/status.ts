import type { Health, PlatformStatus } from './state.ts';
import { columns, cut, formatCount, formatSensor, type Paint, padEnd, padStart, painter } from './text.ts';

const viewHealth = (health: Health, paint: Paint): string =>
  ({
    healthy: paint('green', '✓ healthy'),
    unhealthy: paint('red', '✗ unhealthy'),
    stopped: paint('dim', '– stopped'),
  })[health];

const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(columns));

/** What `npm run status` prints. */
export const renderStatus = (
  status: PlatformStatus,
  { width, colour }: { width: number; colour: boolean },
): string[] => {
  const { services, apiUrl, watchedHour, lag } = status;
  const paint = painter(colour);
  const nameColumns =
    widest(['Consumer group', ...services.map(({ name }) => name), ...Object.keys(lag)]) + 2;
  const addressColumns = widest(['address', ...services.map(({ address }) => address)]) + 2;
  const row = (name: string, pid: string, address: string, health: string) =>
    ` ${padEnd(name, nameColumns)}${padStart(pid, 8)}  ${padEnd(address, addressColumns)}${health}`;
  const lines = [
    paint('dim', row('Service', 'pid', 'address', 'health')),
    ...services.map(({ name, pid, address, health }) =>
      row(name, pid === undefined ? '–' : String(pid), address || '–', viewHealth(health, paint)),
    ),
    '',
    ` ${padEnd('API', nameColumns)}${apiUrl || '–'}`,
    ` ${padEnd('Sensor', nameColumns)}${formatSensor(watchedHour)}`,
    '',
    paint('dim', ` ${padEnd('Consumer group', nameColumns)}${padStart('lag', 8)}`),
    ...Object.entries(lag).map(([group, records]) => {
      const shown = padStart(formatCount(records), 8);
      return ` ${padEnd(group, nameColumns)}${paint(records === 0 ? 'green' : 'yellow', shown)}`;
    }),
  ];
  return lines.map((line) => cut(line, width));
};
