import type { View } from '../../localstack/terminal/screen.ts';
import { type Column, renderTable } from '../../localstack/terminal/table.ts';
import { formatCount, painter } from '../../localstack/terminal/text.ts';
import type { Alternative } from './alternatives.ts';
import { type Bill, type Cost, perMillionRecords, sumOf, totalsBy } from './bill.ts';
import { differences } from './differences.ts';
import type { Load } from './load.ts';
import { priceList, unconfirmedPrices } from './prices.ts';

/** Tables are no wider, also on a wide terminal: eyes must find the number of a row. */
const widest = 100;

export interface BillView extends View {
  readonly stage: string;
  readonly load: Load;
}

const narrow = <V extends View>(view: V): V => ({ ...view, width: Math.min(widest, view.width) });

/** A bill by service and by step, with its three largest items and the price of a million records. */
export function renderBill(bill: Bill, given: BillView): string[] {
  const view = narrow(given);
  const paint = painter(view.colour);
  return [
    ...title('The bill', view),
    '',
    ...costTable('service', totalsBy(bill, 'service'), bill.total, view),
    '',
    ...costTable('step', totalsBy(bill, 'step'), bill.total, view),
    '',
    paint('bold', 'The three largest items'),
    ...renderTable(
      [{ title: 'item' }, { title: 'service' }, ...usdColumns(view), { title: 'share', align: 'right' }],
      bill.lines.slice(0, 3).map((line) => [line.item, line.service, ...usd(line), share(line, bill.total)]),
      view,
    ),
    '',
    ...millionRecords(bill, view),
    ...footnote(),
  ];
}

/** The bill with each kind of cluster, side by side. */
export function renderComparison(bills: ReadonlyMap<Alternative, Bill>, given: BillView): string[] {
  const view = narrow(given);
  const kinds = [...bills.keys()];
  const rowOf = (name: string, costOf: (bill: Bill) => number) => [
    name,
    ...kinds.map((kind) => money(costOf(bills.get(kind) as Bill))),
  ];
  const brokers = (bill: Bill) => sumOf(bill.lines.filter(({ step }) => step === 'brokers'));
  return [
    ...title('The bill with each kind of cluster', view),
    '',
    ...renderTable(
      [{ title: '' }, ...kinds.map((kind): Column => ({ title: kind, align: 'right' }))],
      [
        rowOf('brokers, idle', (bill) => brokers(bill).idleUsd),
        rowOf(`brokers, ${atRate(view)}`, (bill) => brokers(bill).loadedUsd),
        rowOf('all, idle', ({ total }) => total.idleUsd),
        rowOf(`all, ${atRate(view)}`, ({ total }) => total.loadedUsd),
        ...(view.load.recordsPerSecond > 0
          ? [rowOf('a million records', (bill) => perMillionRecords(bill, view.load).usd)]
          : []),
      ],
      view,
    ),
    '',
    ...footnote(),
  ];
}

/** What changes between two bills: for a pull request. */
export function renderDifferences(before: Bill, now: Bill, given: BillView): string[] {
  const view = narrow(given);
  const changes = differences(before, now);
  const row = (name: string, was: number, is: number) => [name, money(was), money(is), signed(is - was)];
  return [
    ...title('What changes in the bill', view),
    '',
    ...(changes.length === 0
      ? ['Nothing changes.']
      : renderTable(
          [
            { title: atRate(view) },
            ...['before', 'now', 'change'].map((name): Column => ({ title: name, align: 'right' })),
          ],
          [
            ...changes.map((each) =>
              row(`${each.service}: ${each.item}`, each.before.loadedUsd, each.now.loadedUsd),
            ),
            row('all', before.total.loadedUsd, now.total.loadedUsd),
            row('all, idle', before.total.idleUsd, now.total.idleUsd),
          ],
          view,
        )),
    '',
    ...footnote(),
  ];
}

const title = (what: string, view: BillView): string[] => [
  painter(view.colour)('bold', `${what} of stage ${view.stage}`),
  `US dollars a month in ${priceList.region}; idle, and ${atRate(view)}${predictions(view)}`,
];

const atRate = ({ load: { recordsPerSecond } }: BillView) => `at ${formatCount(recordsPerSecond)} records/s`;

const predictions = ({ load: { predictionsPerSecond } }: BillView) =>
  predictionsPerSecond === 0 ? '' : ` and ${formatCount(predictionsPerSecond)} predictions/s`;

const usdColumns = (view: BillView): Column[] => [
  { title: 'idle', align: 'right' },
  { title: atRate(view), align: 'right' },
];

function costTable(name: string, costs: ReadonlyMap<string, Cost>, total: Cost, view: BillView): string[] {
  return renderTable(
    [{ title: name }, ...usdColumns(view), { title: 'share', align: 'right' }],
    [
      ...[...costs].map(([each, cost]) => [each, ...usd(cost), share(cost, total)]),
      ['total', ...usd(total), '100 %'],
    ],
    view,
  );
}

function millionRecords(bill: Bill, { load }: BillView): string[] {
  if (load.recordsPerSecond === 0) return [];
  const { usd: all, addedUsd } = perMillionRecords(bill, load);
  return [
    `$${money(all)} for a million records; each further million at this rate adds $${money(addedUsd)}.`,
  ];
}

/** What the figures leave out, and how sure they are. */
function footnote(): string[] {
  const dates = Object.values(priceList.documents).map(({ date }) => date);
  const [oldest = '', newest = ''] = [dates.toSorted()[0], dates.toSorted().at(-1)];
  const unconfirmed = `${unconfirmedPrices().length} of ${Object.keys(priceList.prices).length}`;
  return [
    `List prices of ${oldest} to ${newest}, ${unconfirmed} from memory (bin/cost/prices.json).`,
    'Without taxes, free tiers and discounts. How to cut the largest items: docs/cost.md.',
  ];
}

const usd = ({ idleUsd, loadedUsd }: Cost): string[] => [money(idleUsd), money(loadedUsd)];

const money = (amount: number): string =>
  amount.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

const signed = (amount: number): string => `${amount > 0 ? '+' : ''}${money(amount)}`;

const share = (cost: Cost, total: Cost): string =>
  `${Math.round((100 * cost.loadedUsd) / total.loadedUsd)} %`;
