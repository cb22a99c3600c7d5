import { describe, expect, test } from '@jest/globals';
import { readCommand } from '../../../../bin/errors/options.ts';

describe('readCommand', () => {
  test.each([
    [['list'], { name: 'list', selection: {}, all: false, limit: 50, json: false }],
    [
      [
        'list',
        '--type',
        'TYPE_ERROR',
        '--file',
        'a.csv',
        '--since',
        '2024-08-01',
        '--all',
        '--limit',
        '5',
        '--json',
      ],
      {
        name: 'list',
        selection: { type: 'TYPE_ERROR', file: 'a.csv', since: new Date('2024-08-01') },
        all: true,
        limit: 5,
        json: true,
      },
    ],
    [['show', '7'], { name: 'show', id: 7, json: false }],
    [
      ['fix', '7', '--set', 'Location=a=b', '--set', 'Humidity_pct='],
      {
        name: 'fix',
        id: 7,
        correction: { fields: { Location: 'a=b', Humidity_pct: '' } },
      },
    ],
    [['fix', '7', '--row', '{}'], { name: 'fix', id: 7, correction: { row: '{}' } }],
    [
      ['fix', '--type', 'X', '--where', 'Location=', '--set', 'Location=Seoul', '--dry-run'],
      {
        name: 'fix-many',
        selection: { type: 'X' },
        where: { Location: '' },
        set: { Location: 'Seoul' },
        dryRun: true,
        json: false,
      },
    ],
    [
      ['fix', '--where', 'Location=Soul', '--set', 'Location=Seoul'],
      {
        name: 'fix-many',
        selection: {},
        where: { Location: 'Soul' },
        set: { Location: 'Seoul' },
        dryRun: false,
        json: false,
      },
    ],
    [
      ['summary', '--field', 'Date_Time', '--json'],
      { name: 'summary', selection: { field: 'Date_Time' }, all: false, json: true },
    ],
    [
      ['export', '--file', 'a', '--to', 'bad.csv', '--semicolons'],
      { name: 'export', selection: { file: 'a' }, to: 'bad.csv', separator: ';' },
    ],
    [
      ['import', 'bad.csv', '--encoding', 'euc-kr'],
      { name: 'import', file: 'bad.csv', encoding: 'euc-kr', dryRun: false, json: false },
    ],
    [['redrive', '7', '8'], { name: 'redrive', selection: { ids: [7, 8] } }],
    [['redrive', '--all'], { name: 'redrive', selection: {} }],
    [['ignore', '--type', 'X'], { name: 'ignore', selection: { type: 'X' } }],
  ])('the arguments %j are read as a command', (args, command) => {
    expect(readCommand(args)).toEqual(command);
  });

  test.each([
    [['redrive'], 'redrive needs ids, a selection such as --type TYPE, or --all'],
    [['ignore'], 'ignore needs ids, a selection such as --type TYPE, or --all'],
    [['show'], 'show needs the id of one error'],
    [['fix', '7', '8', '--row', 'x'], '--row replaces the row of one error: give its id alone'],
    [['fix', '--set', 'Location=x'], 'fix needs ids, a selection such as --type TYPE, or --all'],
    [['fix', '7', '--set', 'Humidity=50'], 'Unknown field Humidity: use Location'],
    [['fix', '--all', '--where', 'Location', '--set', 'Location=x'], '--where Location: write FIELD=VALUE'],
    [['fix', '7'], 'fix needs either --set FIELD=VALUE or --row TEXT'],
    [['fix', '7', '--row', 'x', '--set', 'a=b'], 'fix needs either --set FIELD=VALUE or --row TEXT'],
    [['fix', '7', '--set', 'x'], '--set x: write FIELD=VALUE'],
    [['export'], 'export needs --to FILE'],
    [['import'], 'import needs the name of one file'],
    [['redrive', 'x'], 'x is not a whole number'],
    [[], 'Give a command'],
    [['list', '--since', 'noon'], 'noon is not a time'],
    [['list', '--since', '2024-02-30'], '2024-02-30 is not a time'],
    [['remove'], 'Unknown command remove'],
    [['list', '--typo'], "Unknown option '--typo'"],
  ])('the arguments %j are refused', (args, complaint) => {
    expect(() => readCommand(args)).toThrow(complaint);
  });
});
