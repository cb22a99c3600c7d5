import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { observationsFiles, type Position } from '../../../../localstack/generator/files.ts';
import { generateFiles } from '../../../../localstack/generator/generate-files.ts';
import { type FilesCommand, readCommand } from '../../../../localstack/generator/options.ts';
import { rowsOfFile, synthesisedRows } from '../../../../localstack/generator/rows.ts';
import { type Drop, dropToFolder } from '../../../../localstack/generator/sinks.ts';

let folder: string;
const at = (name: string) => path.join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'generator-'));
});

afterEach(() => rm(folder, { recursive: true }));

const header = 'Location,Date_Time,Temperature_C,Humidity_pct,Precipitation_mm,Wind_Speed_kmh';
const startMs = Date.UTC(2024, 6, 1);
const weather = synthesisedRows({ seed: 1, startMs, rowIntervalMs: 60_000 });

const take = async <T>(items: AsyncIterable<T>, count: number): Promise<T[]> => {
  const taken: T[] = [];
  for await (const item of items) if (taken.push(item) === count) break;
  return taken;
};

const files = (from?: Position) =>
  observationsFiles({ source: weather, seed: 1, rowsPerFile: 10, errorRate: 0.3, ...(from && { from }) });

const filesOf = async (csv: string, schedule?: Parameters<typeof rowsOfFile>[1]) => {
  await writeFile(at('input.csv'), csv);
  const source = rowsOfFile(at('input.csv'), schedule);
  const made = await take(observationsFiles({ source, seed: 1, rowsPerFile: 2, errorRate: 0 }), 9);
  return made.map(({ content }) => content.toString());
};

describe('files', () => {
  test('files made from any position equal those of a run from the start', async () => {
    const all = await take(files(), 6);
    const resumed = await take(files(all[2]?.next), 3);
    expect(resumed).toEqual(all.slice(3));
  });

  test('files of another seed have other rows and other names', async () => {
    const [one] = await take(files(), 1);
    const other = synthesisedRows({ seed: 2, startMs, rowIntervalMs: 60_000 });
    const [two] = await take(observationsFiles({ source: other, seed: 2, rowsPerFile: 10, errorRate: 0 }), 1);
    expect(two?.name).not.toBe(one?.name);
    expect(two?.content).not.toEqual(one?.content);
  });

  test.each([
    [0, 0],
    [1, 2000],
  ])('with error rate %d, %d of 2,000 rows are invalid', async (errorRate, expected) => {
    const props = { source: weather, seed: 1, rowsPerFile: 2000, errorRate };
    const [file] = await take(observationsFiles(props), 1);
    const { missingField = 0, corruptNumber = 0, corruptDate = 0 } = file?.truth ?? {};
    expect(missingField + corruptNumber + corruptDate).toBe(expected);
  });
});

describe('an input file', () => {
  test('an input file is split into files, with quotes where needed and a shorter last file', async () => {
    const rows = ['"서울, 강남",2024-01-01 00:00:00,1,2,3,4', 'b,2024-01-01 00:01:00,1,2,3,4', 'c,x,,2,3,4'];
    expect(await filesOf([header, ...rows].join('\n'))).toEqual([
      `${header}\n${rows[0]}\n${rows[1]}\n`,
      `${header}\n${rows[2]}\n`,
    ]);
  });

  test('an input file may have more columns, in any order', async () => {
    const csv =
      'Wind_Speed_kmh,Station,Location,Precipitation_mm,Date_Time,humidity_pct,Temperature_C\n6,z,a,5,d,4,3\n';
    expect(await filesOf(csv)).toEqual([`${header}\na,d,3,4,5,6\n`]);
  });

  test('a row interval replaces the dates of an input file', async () => {
    const [file] = await filesOf(`${header}\na,old,1,2,3,4\nb,old,1,2,3,4\n`, {
      startMs,
      rowIntervalMs: 1500,
    });
    expect(file).toBe(`${header}\na,2024-07-01 00:00:00,1,2,3,4\nb,2024-07-01 00:00:01,1,2,3,4\n`);
  });

  test.each([
    ['', 'is empty'],
    [
      'Location,Date_Time\na,b\n',
      'lacks the columns Temperature_C, Humidity_pct, Precipitation_mm, Wind_Speed_kmh',
    ],
    [`${header}\na,b,1,2,3,4\n"open,b,1,2,3,4\n`, 'input.csv, line 3: unclosed quote'],
  ])('the input file %j is refused with the reason and the place', async (csv, reason) => {
    await expect(filesOf(csv)).rejects.toThrow(reason);
  });
});

describe('a run', () => {
  const commandOf = (...args: string[]) => {
    const settings = ['--seed', '3', '--start', '2024-07-01', '--rows', '5', '--error-rate', '0.2'];
    return readCommand(['observations', '--interval', '0', ...settings, ...args], folder) as FilesCommand;
  };

  const run = (command: FilesCommand, drop: Drop, signal = new AbortController().signal) =>
    generateFiles({
      command,
      checkpoint: at('run/checkpoint.json'),
      drop,
      nowMs: startMs,
      print: () => {},
      signal,
    });

  const dropped = async (to: string) => {
    const names = (await readdir(at(to))).toSorted();
    return Promise.all(names.map(async (name) => [name, await readFile(at(path.join(to, name)), 'utf8')]));
  };

  test.each(['before the drop', 'after the drop, before the checkpoint'])(
    'a run that dies %s of each file, and is resumed, drops the files of an undisturbed run',
    async (moment) => {
      const inOneGo = dropToFolder(at('whole'));
      await run(commandOf('--files', '8', '--restart'), inOneGo);
      await rm(at('run'), { recursive: true });

      const target = dropToFolder(at('torn'));
      let lives = 0;
      let drops = 0;
      const dying: Drop = async (file) => {
        lives += 1;
        if (moment === 'before the drop' && lives % 2) throw new Error('killed');
        const source = await target(file);
        drops += 1;
        if (moment !== 'before the drop' && lives % 2) throw new Error('killed');
        return source;
      };
      while ((await readdir(at('torn')).catch(() => [])).length < 8) {
        await run(commandOf('--files', '1'), dying).catch((error) => expect(error.message).toBe('killed'));
      }
      await expect(dropped('torn')).resolves.toEqual(await dropped('whole'));
      expect(drops).toBeLessThanOrEqual(16);
    },
  );

  test('a resumed run drops the rest of its input, and then nothing more', async () => {
    const rows = Array.from({ length: 23 }, (_, i) => `city${i},2024-01-01 00:00:00,1,2,3,4`);
    await writeFile(at('input.csv'), [header, ...rows].join('\n'));
    const command = (...args: string[]) =>
      commandOf('--input', at('input.csv'), '--error-rate', '0', ...args);
    await run(command('--files', '2'), dropToFolder(at('out')));
    await run(command(), dropToFolder(at('out')));
    await run(command(), dropToFolder(at('out')));
    const written = (await dropped('out')).flatMap(([, content = '']) => content.trim().split('\n').slice(1));
    expect(written).toEqual(rows);
  });

  test.each([
    [['--rows', '6'], 'the run to resume has rowsPerFile = 5, not 6'],
    [['--seed', '4'], 'the run to resume has seed = 3, not 4'],
  ])('a run is not resumed with %j, which would change its files', async (args, reason) => {
    await run(commandOf('--files', '1'), dropToFolder(at('out')));
    await expect(run(commandOf('--files', '1', ...args), dropToFolder(at('out')))).rejects.toThrow(reason);
    await run(commandOf('--files', '1', '--restart', ...args), dropToFolder(at('out')));
  });

  test('a run is not resumed on a changed input', async () => {
    await writeFile(at('input.csv'), `${header}\na,b,1,2,3,4\n`);
    await run(commandOf('--input', at('input.csv')), dropToFolder(at('out')));
    await writeFile(at('input.csv'), `${header}\na,b,1,2,3,4\nc,d,1,2,3,4\n`);
    await expect(run(commandOf('--input', at('input.csv')), dropToFolder(at('out')))).rejects.toThrow(
      'inputBytes',
    );
  });

  test('a broken checkpoint is refused', async () => {
    await writeFile(at('checkpoint.json'), '{"next":');
    const broken = generateFiles({
      command: commandOf(),
      checkpoint: at('checkpoint.json'),
      drop: dropToFolder(at('out')),
      nowMs: startMs,
      print: () => {},
      signal: new AbortController().signal,
    });
    await expect(broken).rejects.toThrow('checkpoint.json is not a checkpoint: start again with --restart');
  });

  test('a run ends at once when its signal aborts, whatever the interval', async () => {
    const stop = new AbortController();
    const drop: Drop = async ({ name }) => {
      stop.abort();
      return name;
    };
    await run({ ...commandOf(), intervalMs: 3_600_000 }, drop, stop.signal);
  });
});
