import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { openBrowser } from '../../localstack/setup/browser.ts';

interface Shot {
  /** The step after which it is taken, and before the next one. */
  readonly after: string;
  readonly address: string;
  /** In pixels. */
  readonly height: number;
  /** Waits until the page shows what it is about, and prepares it. */
  readonly prepare: (page: Page) => Promise<void>;
}

const file = 'my-weather.csv';

/** The screenshots of docs/tour.md, by the name of their file in docs/images. */
export const shots: Readonly<Record<string, Shot>> = {
  'tour-files': {
    after: 'drop',
    address: '/files',
    height: 500,
    prepare: async (page) => {
      const row = page.locator('tr', { hasText: file });
      await row.getByText('landed, with errors').waitFor();
      await row.scrollIntoViewIfNeeded(); // newer files are above it
    },
  },
  'tour-topics': {
    after: 'query',
    address: '/topics?topic=weather-data&from=oldest&key=Reykjavik',
    height: 600,
    prepare: async (page) => {
      await page.locator('details.record summary').first().click();
      await page.locator('details.record').first().getByText('version of the file').waitFor();
    },
  },
  'tour-row': {
    after: 'query',
    address: `/row?file=${file}&line=2`,
    height: 600,
    prepare: async (page) => {
      await page.locator('.life .done', { hasText: 'Window' }).waitFor();
      await page.locator('.life').scrollIntoViewIfNeeded();
    },
  },
  'tour-errors': {
    after: 'errors',
    address: `/errors?file=incoming/observations/${file}`,
    height: 600,
    prepare: async (page) => {
      await page.locator('details.item summary').first().click();
      await page.getByLabel('Temperature_C (wrong)').waitFor();
    },
  },
  'tour-model': {
    after: 'evaluate',
    address: '/model',
    height: 600,
    prepare: (page) => page.locator('.bars .strong').waitFor(),
  },
};

const width = 1180;

/** Takes the screenshots that follow a step. Returns the files. */
export async function takeShots(step: string, consoleUrl: string, into: string): Promise<string[]> {
  const wanted = Object.entries(shots).filter(([, { after }]) => after === step);
  if (wanted.length === 0) return [];
  const browser = await openBrowser();
  try {
    const files: string[] = [];
    for (const [name, { address, height, prepare }] of wanted) {
      const page = await browser.newPage({ viewport: { width, height }, colorScheme: 'light' });
      page.setDefaultTimeout(120_000); // on a busy machine
      await page.goto(new URL(address, consoleUrl).href);
      await prepare(page);
      const image = path.join(into, `${name}.png`);
      writeFileSync(image, await page.screenshot());
      files.push(image);
      await page.close();
    }
    return files;
  } finally {
    await browser.close();
  }
}
