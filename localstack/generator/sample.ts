import { invalidRows, type ObservationsFile, observationsFiles, type Truth } from './files.ts';
import { type RowSource, synthesisedRows } from './rows.ts';

export interface SampleFile {
  readonly name: string;
  readonly note: string;
  readonly content: Buffer;
  readonly truth: Truth;
}

interface Recipe {
  readonly name: string;
  readonly note: string;
  readonly start: string;
  readonly rows: number;
  readonly errorRate: number;
  /** Other names for the same cities. */
  readonly rename?: Readonly<Record<string, string>>;
  readonly encode?: (content: Buffer) => Buffer;
}

const seed = 20_240_601;
const rowIntervalMs = 15 * 60_000;

const koreanDistricts: Record<string, string> = {
  서울: '서울특별시, 강남구',
  부산: '부산광역시, 해운대구',
  제주: '제주특별자치도, 서귀포시',
  대관령: '강원특별자치도, 평창군 "대관령"',
};

const asWindowsExport = (content: Buffer): Buffer =>
  Buffer.from(`\ufeff${content.toString('utf8').replaceAll('\n', '\r\n')}`);

const recipes: readonly Recipe[] = [
  {
    name: 'observations-2024-01.csv',
    note: 'a cold January week in the north',
    start: '2024-01-15T00:00:00Z',
    rows: 700,
    errorRate: 0.02,
  },
  {
    name: 'observations-2024-04-excel.csv',
    note: 'a spreadsheet export, with byte order mark and CRLF',
    start: '2024-04-08T00:00:00Z',
    rows: 600,
    errorRate: 0.03,
    encode: asWindowsExport,
  },
  {
    name: 'observations-2024-07-korea.csv',
    note: 'Korean districts with commas and quotes in their names',
    start: '2024-07-08T00:00:00Z',
    rows: 800,
    errorRate: 0.02,
    rename: koreanDistricts,
  },
  {
    name: 'observations-2024-08.csv',
    note: 'summer heat',
    start: '2024-08-05T00:00:00Z',
    rows: 800,
    errorRate: 0.02,
  },
  {
    name: 'observations-2024-11-clean.csv',
    note: 'no invalid rows',
    start: '2024-11-18T00:00:00Z',
    rows: 400,
    errorRate: 0,
  },
];

const renamed = (source: RowSource, names: Readonly<Record<string, string>>): RowSource =>
  async function* (from) {
    for await (const [location = '', ...cells] of source(from)) yield [names[location] ?? location, ...cells];
  };

const firstFile = async (files: AsyncIterable<ObservationsFile>): Promise<ObservationsFile> => {
  for await (const file of files) return file;
  throw new Error('the source has no rows');
};

const make = async (recipe: Recipe): Promise<SampleFile> => {
  const { name, note, start, rows, errorRate, rename = {}, encode = (content) => content } = recipe;
  const weather = synthesisedRows({ seed, startMs: Date.parse(start), rowIntervalMs });
  // A seed for each file. Faults depend on the row number, which starts from 0 in every file.
  const faultSeed = seed ^ Date.parse(start);
  const source = renamed(weather, rename);
  const { content, truth } = await firstFile(
    observationsFiles({ source, seed: faultSeed, rowsPerFile: rows, errorRate }),
  );
  return { name, note, content: encode(content), truth };
};

const manifestRow = ({ name, note, truth }: Pick<SampleFile, 'name' | 'note' | 'truth'>): string => {
  const { rows, missingField, corruptNumber, corruptDate } = truth;
  const invalid = invalidRows(truth);
  const cells = [name, rows, rows - invalid, invalid, missingField, corruptNumber, corruptDate, note];
  return `| ${cells.join(' | ')} |`.replace('|  |', '| |');
};

const sumOf = (files: readonly SampleFile[]): Truth => {
  const sum = (count: keyof Truth) => files.reduce((total, { truth }) => total + truth[count], 0);
  return {
    rows: sum('rows'),
    missingField: sum('missingField'),
    corruptNumber: sum('corruptNumber'),
    corruptDate: sum('corruptDate'),
  };
};

const manifest = (files: readonly SampleFile[]): string => `# Sample observations
\`npm start -- --once\` drops these files unless \`--data\` names another folder. They are synthetic, in the format of the public
Kaggle data set. This command writes them:

    node_modules/.bin/node localstack/generator/write-sample.ts

It always writes the same bytes, since every number comes from one fixed seed. Some rows are invalid on purpose.

| file | rows | valid | invalid | missing field | corrupt number | corrupt date | content |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |
${files.map(manifestRow).join('\n')}
${manifestRow({ name: '**all**', note: '', truth: sumOf(files) })}
`;

/** Makes the files of the bundled sample, and the README that describes them. */
export const makeSample = async (): Promise<{ files: readonly SampleFile[]; readme: string }> => {
  const files = await Promise.all(recipes.map(make));
  return { files, readme: manifest(files) };
};
