import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { processList } from '../../localstack/platform/processes.ts';
import { openBrowser } from '../../localstack/setup/browser.ts';
import { waitFor } from '../../localstack/wait-for.ts';
import { openDeployedPlatform } from './deployed-platform.ts';

const platform = openDeployedPlatform();
const { consoleUrl } = platform.endpoints;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const header = 'Location,Date_Time,Temperature_C,Humidity_pct,Precipitation_mm,Wind_Speed_kmh';
const folder = `console-${Date.now()}`;
/** Places of no other test. */
const place = `Seoul ${folder}`;
const other = `Busan ${folder}`;
const rows = (day: number) =>
  `${header}\n${place},2024-05-0${day} 00:00:00,12.5,60,0,9\n${other},soon,14,60,0,9\n`;

let browser: Browser;
const open = async (at: string, options: BrowserContextOptions = {}): Promise<Page> => {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  await page.goto(`${consoleUrl}${at}`);
  return page;
};

beforeAll(async () => {
  browser = await openBrowser();
  await platform.ingested(await platform.dropFile(`${folder}/first.csv`, rows(1)));
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await platform.close();
});

test('the pipeline shows every stage, with the counts of the stores', async () => {
  const page = await open('/');
  const [counted] = await platform.rows<{ rows: string }>(
    `select sum(rows_read) as rows from ingested_files where key like 'incoming/observations/%'`,
  );
  const ingest = page.locator('[data-stage=ingest] .count');
  await waitFor(
    'the rows read to be shown',
    async () =>
      Number((await ingest.textContent())?.replace(/\D*(\d[\d,]*).*/s, '$1').replaceAll(',', '')) >=
      Number(counted?.rows),
    { deadlineMs: 60_000 },
  );
  expect(await page.locator('.stage').count()).toBe(14);
  expect(await page.locator('.edges path').count()).toBe(14);
  await page.locator('[data-stage=errors]').click();
  await page.getByRole('heading', { name: 'Errors', level: 1 }).waitFor();
});

/** Drags files from outside the browser onto a point of the page, as a file manager does. */
async function dragFiles(page: Page, files: string[], { x, y }: { x: number; y: number }) {
  const browserOf = await page.context().newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver'] as const)
    await browserOf.send('Input.dispatchDragEvent', { type, x, y, data });
  await page.locator('.drop.over').waitFor();
  await browserOf.send('Input.dispatchDragEvent', { type: 'drop', x, y, data });
}

test('files dragged onto the page are dropped, wherever on it, and their rows land', async () => {
  const outside = mkdtempSync(path.join(tmpdir(), 'isobar-drag-'));
  try {
    const names = [1, 2].map((number) => `${folder}-dragged-${number}.csv`);
    const files = names.map((name, place) => {
      const file = path.join(outside, name);
      writeFileSync(file, `${header}\n${place} ${folder},2024-05-0${place + 1} 12:00:00,10,60,0,9\n`);
      return file;
    });
    const page = await open('/files');
    const box = await page.locator('.drop').boundingBox();
    const places = [
      { x: (box?.x ?? 0) + 20, y: (box?.y ?? 0) + 20 },
      { x: 5, y: 5 },
    ];
    for (const at of places) {
      await dragFiles(page, files, at);
      for (const name of names) {
        await page.getByText(`${name} (`).waitFor();
        await page.locator('tr', { hasText: name }).getByText('landed', { exact: true }).waitFor();
      }
      await page.reload();
    }
  } finally {
    rmSync(outside, { recursive: true });
  }
});

test('a chosen file is read, and its errors say what was found', async () => {
  const page = await open('/files');
  const name = `${folder}-own.csv`;
  await page.setInputFiles('input[type=file]', {
    name,
    mimeType: 'text/csv',
    buffer: Buffer.from(rows(2)),
  });
  const line = page.locator('tr', { hasText: name });
  await line.getByText('landed, with errors').waitFor();
  expect(await line.getAttribute('class')).toBe('mine');
  await line.getByRole('link', { name: `errors of ${name}` }).click();
  await page.getByText('found "soon"').first().click();
  await page.getByText(`${other},soon,14,60,0,9`).waitFor();
});

test('an error is corrected, sent again, and then lands; another is ignored', async () => {
  const source = await platform.dropFile(`${folder}/mend.csv`, `${rows(4)}Gone,never,1,2,3,4\n`);
  await platform.ingested(source);
  const file = `incoming/observations/${folder}/mend.csv`;
  const page = await open(`/errors?${new URLSearchParams({ file })}`);
  const item = page.locator('details.item', { hasText: 'found "soon"' });
  await item.locator('summary').click();
  await item.getByLabel('Date_Time (wrong)').fill('2024-05-04 06:00:00');
  await item.getByRole('button', { name: 'Save the correction' }).click();
  await item.getByText('is corrected. It can be sent again.').waitFor();
  await item.getByRole('button', { name: 'Send again' }).click();
  await item.getByText('redriven', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Ignore all of these' }).click();
  await page.getByRole('button', { name: /^Yes, ignore all open errors of/ }).click();
  await page.getByText('1 error ignored.').waitFor();
  const states = await platform.rows(
    'select processing_status from error_weather_data where file_name = $1 order by id',
    [file],
  );
  expect(states).toEqual([{ processing_status: 'REDRIVEN' }, { processing_status: 'IGNORED' }]);
  const watched = `select from weather_windows where window_start = '2024-05-04 06:00Z' and location = $1`;
  await waitFor(
    'the corrected row to be watched',
    async () => (await platform.rows(watched, [other])).length === 1,
    {
      deadlineMs: 60_000,
    },
  );
});

test('a topic is browsed by key, and the headers of a record name its file and line', async () => {
  const page = await open(
    `/topics?${new URLSearchParams({ topic: 'weather-data', from: 'oldest', key: place, text: '2024-05-01' })}`,
  );
  await page.locator('details.record summary').first().click();
  const record = page.locator('details.record').first();
  await record.getByText(`version of the file: incoming/observations/${folder}/first.csv`).waitFor();
  await record.getByText('"Temperature_C": 12.5').waitFor();
  await page.getByLabel('Key').fill('Nowhere');
  await page.getByRole('button', { name: 'Read' }).click();
  await page.getByText('No record found').waitFor();
});

test('a place shows its windows', async () => {
  const page = await open(`/weather?${new URLSearchParams({ location: place })}`);
  await page.getByRole('heading', { name: place }).waitFor();
  await page.locator('tr', { hasText: '2024-05-01 00:00' }).waitFor();
});

test('the lake answers a statement that reads, and refuses one that changes it', async () => {
  const page = await open('/lake');
  const sql = page.getByLabel('SQL');
  await sql.fill("SELECT 'rows of ' || 'the lake' AS what, 41 + 1 AS n");
  await sql.press('Control+Enter');
  await page.getByRole('cell', { name: 'rows of the lake' }).waitFor();
  await page.getByRole('cell', { name: '42' }).waitFor();
  await sql.fill('DROP TABLE raw_observations');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByText('DROP is not run here').waitFor();
});

test('a transaction is scored by the API, and then is among the newest', async () => {
  const page = await open('/model');
  const transaction = await page.getByLabel('Transaction, as JSON').inputValue();
  await page.getByRole('button', { name: 'Score', exact: true }).click();
  await page.getByText(/^(Fraud|Legitimate), score 0\.\d+$/).waitFor();
  await page.locator('tr', { hasText: JSON.parse(transaction).transactionId }).waitFor();
  expect(await page.content()).not.toContain('Bearer');
});

test('the view of the model leads to the report of its training', async () => {
  const page = await open('/model');
  const opened = page.context().waitForEvent('page');
  await page.getByRole('link', { name: 'Report of the training' }).click();
  const report = await opened;
  await report.getByRole('heading', { name: /^Fraud model /, level: 1 }).waitFor();
  await report.getByRole('img', { name: /^Precision by recall/ }).waitFor();
  await page.goto(`${consoleUrl}/model-report?version=../current`);
  await page.getByText('expected the version of a model').waitFor();
  await page.goto(`${consoleUrl}/model-report?version=unknown`);
  await page.getByText('There is no report of unknown').waitFor();
});

test('the executions of a workflow show their states', async () => {
  const page = await open('/workflows');
  await page.locator('.card', { hasText: 'sensor-starter' }).locator('summary').first().click();
  await page.locator('.steps li').first().waitFor();
});

test('the messages that Slack would get are shown', async () => {
  const page = await open('/slack');
  await page.locator('.slack article').first().waitFor({ timeout: 150_000 });
});

const hasPrometheus = platform.endpoints.prometheusUrl !== '';

test(
  hasPrometheus
    ? 'the panels of a dashboard are drawn, with the values of Prometheus'
    : 'without Prometheus, the page of charts says how to get it',
  async () => {
    const page = await open('/charts');
    if (!hasPrometheus) {
      await page.locator('.card', { hasText: 'There is no history' }).waitFor();
      return;
    }
    const panel = page.locator('.card', { hasText: 'Rows that have come so far' });
    // A value that was scraped after rows had landed.
    await panel.locator('figcaption', { hasText: /landed\s*[1-9]/ }).waitFor({ timeout: 120_000 });
    const drawn = `(canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)`;
    expect(await page.evaluate(`(${drawn})(document.querySelector('canvas'))`)).toBe(true);
    await page.getByRole('link', { name: 'Kafka' }).click();
    await page.locator('.card canvas').first().waitFor();
  },
);

test('a row is followed from its line to its object and window, and an invalid one to its error', async () => {
  const page = await open(`/row?file=${folder}/first.csv&line=2`);
  await waitFor(
    'the row to be in its window',
    async () => {
      await page.reload();
      await page.locator('.life li').first().waitFor({ timeout: 20_000 });
      return (await page.locator('.life .done', { hasText: 'Window' }).count()) === 1;
    },
    { deadlineMs: 120_000, everyMs: 1_000 },
  );
  await page.getByText(/^weather-data, partition \d+, offset \d+$/).waitFor();
  await page.getByText(/^raw\/observations\/ingest_date=.*\.parquet$/).waitFor();
  await page.getByLabel('Line', { exact: true }).fill('3');
  await page.getByRole('button', { name: 'Follow' }).first().click();
  await page.locator('.life .failed', { hasText: 'found "soon"' }).waitFor();
});

const looks: Record<string, BrowserContextOptions> = {
  light: { viewport: { width: 1400, height: 900 }, colorScheme: 'light' },
  dark: { viewport: { width: 1400, height: 900 }, colorScheme: 'dark' },
  narrow: { viewport: { width: 360, height: 740 } },
};

const shippedReport = new URL(
  '../../lambdas/fraud/score-transaction/shipped-model/report.html',
  import.meta.url,
).href;

test.each(Object.keys(looks))('every view is accessible and fits the page: %s', async (look) => {
  const page = await open('/', looks[look]);
  const failures: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') failures.push(message.text());
  });
  page.on('pageerror', (error) => failures.push(String(error)));
  await page.evaluate(axe);
  const paths = await page
    .locator('#nav li a')
    .evaluateAll((links) => [...new Set(links.map((link) => link.getAttribute('href') ?? ''))]);
  expect(paths).toHaveLength(11);
  // Served by the console, the report runs no script, and so no check.
  for (const path of [...paths, shippedReport]) {
    await page.goto(path === shippedReport ? path : `${consoleUrl}${path}`);
    await page.locator('main .card').first().waitFor();
    await page.evaluate(axe);
    const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
    const found = violations.map(({ id, nodes }) => `${path} ${id} ${nodes[0]?.html}`);
    expect(found).toEqual([]);
    expect([path, await page.evaluate('document.documentElement.scrollWidth - innerWidth')]).toEqual([
      path,
      0,
    ]);
  }
  expect(failures).toEqual([]);
});

const consoleProcess = () =>
  processList(process.env.ISOBAR_TEST_STATE_DIR ?? '')
    .read()
    .find(({ name }) => name === 'console')?.pid ?? 0;

test('the server of the console stays below 120 MB', () => {
  const pss = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${consoleProcess()}/smaps_rollup`, 'utf8'))?.[1];
  expect(Number(pss)).toBeGreaterThan(0);
  expect(Number(pss)).toBeLessThan(120_000);
});

test('a page that lost its server says so, keeps what it showed, and continues when the server is back', async () => {
  const page = await open('/files');
  const line = page.locator('tr', { hasText: 'first.csv' }).first();
  await line.waitFor();
  process.kill(consoleProcess(), 'SIGKILL');
  await page.getByText('The console does not answer').waitFor();
  expect(await line.isVisible()).toBe(true);
  await page.getByText('The console does not answer').waitFor({ state: 'detached' });
  const later = `${folder}/later.csv`;
  await platform.dropFile(later, rows(3));
  await page.locator('tr', { hasText: later }).waitFor();
});
