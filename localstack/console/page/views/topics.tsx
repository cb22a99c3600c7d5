import { useState } from 'preact/hooks';
import type { RecordLine, Records, TopicLine } from '../../contract.ts';
import { formatBytes, formatCount, formatTime, plural } from '../format.ts';
import { useLive } from '../live.ts';
import { go, usePlace, withQuery } from '../router.ts';
import { Badge, Card, Empty, Head, Loaded } from '../ui.tsx';

const filterNames = ['topic', 'partition', 'from', 'offset', 'time', 'key', 'text'] as const;
type Filter = Readonly<Record<(typeof filterNames)[number], string>>;

export function TopicsView() {
  const place = usePlace();
  const topics = useLive('/api/topics', {}, 3_000);
  const given = Object.fromEntries(filterNames.map((name) => [name, place.query.get(name) ?? ''])) as Filter;
  return (
    <>
      <Head title="Topics">The records of Kafka, with their headers in words.</Head>
      <Loaded live={topics}>
        {({ topics: lines }) => {
          const filter = { ...given, topic: given.topic || (lines[0]?.name ?? '') };
          return (
            <>
              <TopicTabs topics={lines} current={filter.topic} />
              <Browser
                key={JSON.stringify(filter)}
                filter={filter}
                topic={lines.find(({ name }) => name === filter.topic)}
              />
            </>
          );
        }}
      </Loaded>
    </>
  );
}

const TopicTabs = ({ topics, current }: { topics: readonly TopicLine[]; current: string }) => (
  <nav class="tabs" aria-label="Topics">
    {topics.map(({ name, records }) => (
      <a key={name} href={`/topics?topic=${name}`} aria-current={name === current ? 'true' : undefined}>
        {name} <b>{formatCount(records)}</b>
      </a>
    ))}
  </nav>
);

function Browser({ filter, topic }: { filter: Filter; topic: TopicLine | undefined }) {
  const place = usePlace();
  const live = useLive('/api/records', filter, 0);
  const [draft, setDraft] = useState(filter);
  const set = (changes: Partial<Filter>) => setDraft({ ...draft, ...changes });
  return (
    <>
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault();
          if (JSON.stringify(draft) === JSON.stringify(filter)) live.refresh();
          else go(withQuery(place, draft));
        }}
      >
        <label>
          <span>Partition</span>
          <select value={draft.partition} onChange={(event) => set({ partition: event.currentTarget.value })}>
            <option value="">all</option>
            {topic?.partitions.map(({ partition, low, high }) => (
              <option key={partition} value={String(partition)}>
                {partition} ({formatCount(high - low)})
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>Start</span>
          <select value={draft.from} onChange={(event) => set({ from: event.currentTarget.value })}>
            <option value="">newest</option>
            <option value="oldest">oldest</option>
            <option value="offset">at an offset</option>
            <option value="time">at a time</option>
          </select>
        </label>
        {draft.from === 'offset' && (
          <Text label="Offset" value={draft.offset} placeholder="0" set={(offset) => set({ offset })} />
        )}
        {draft.from === 'time' && (
          <Text
            label="Kafka time (UTC)"
            value={draft.time}
            placeholder="2024-08-01 12:00:00"
            set={(time) => set({ time })}
          />
        )}
        <Text label="Key" value={draft.key} placeholder="Seoul" set={(key) => set({ key })} />
        <Text
          label="Value contains"
          value={draft.text}
          placeholder="2024-08-01"
          set={(text) => set({ text })}
        />
        <button type="submit" class="primary">
          Read
        </button>
      </form>
      <Loaded live={live}>{(records) => <RecordTable records={records} filter={filter} />}</Loaded>
    </>
  );
}

const Text = ({
  label,
  value,
  placeholder,
  set,
}: {
  label: string;
  value: string;
  placeholder: string;
  set: (value: string) => void;
}) => (
  <label>
    <span>{label}</span>
    <input
      type="text"
      value={value}
      placeholder={placeholder}
      onInput={(event) => set(event.currentTarget.value)}
    />
  </label>
);

function RecordTable({ records: answer, filter }: { records: Records; filter: Filter }) {
  const { records, scanned, isComplete, next, tookMs } = answer;
  const place = usePlace();
  const found = `${plural(records.length, 'record')} of ${formatCount(scanned)} read in ${(tookMs / 1_000).toFixed(1)} s`;
  return (
    <>
      <Card title="Records" aside={<span class="soft">{found}</span>} flush>
        {records.length === 0 ? (
          <Empty title="No record found">
            {isComplete
              ? 'No record in this range matches.'
              : 'Nothing matched in 15 seconds: narrow the range.'}
          </Empty>
        ) : (
          <>
            <div class="item-head record-head" aria-hidden="true">
              <span>Place</span>
              <span>Key</span>
              <span>Value</span>
              <span class="when">Kafka time (UTC)</span>
            </div>
            {records.map((record) => (
              <RecordItem key={`${record.partition}/${record.offset}`} record={record} />
            ))}
          </>
        )}
      </Card>
      {next !== undefined && filter.from !== '' && (
        <nav class="pages" aria-label="Pages">
          <a href={withQuery(place, { ...filter, from: 'offset', offset: String(next), time: '' })}>
            Later records
          </a>
        </nav>
      )}
    </>
  );
}

function RecordItem({ record }: { record: RecordLine }) {
  const { partition, offset, timestampMs, key, value, valueBytes, headers, file } = record;
  return (
    <details class="item record">
      <summary>
        <span class="id">
          {partition}/{offset}
        </span>
        <span class="key">{key ?? '–'}</span>
        <span class="mono one-line">{value ?? <Badge>tombstone</Badge>}</span>
        <span class="when">{formatTime(timestampMs)}</span>
      </summary>
      <dl>
        <dt>Place</dt>
        <dd>
          partition {partition}, offset {offset}
        </dd>
        <dt>Kafka time</dt>
        <dd>{formatTime(timestampMs)} UTC</dd>
        {headers.map(([name, text]) => (
          <Header key={name} name={name} text={text} file={file} />
        ))}
        <dt>Value</dt>
        <dd class="mono">{value === null ? 'none: a tombstone' : pretty(value)}</dd>
        <dt>Size</dt>
        <dd>{formatBytes(valueBytes)}</dd>
      </dl>
    </details>
  );
}

/** What our own headers mean. Those of other producers have only their name. */
const meanings: Readonly<Record<string, string>> = {
  source: 'version of the file',
  row: 'line in the file',
  origin: 'where it first failed',
  attempt: 'retry number',
  'retry-for': 'only for this consumer',
  'failed-in': 'given up by',
  'first-failed-at': 'first failed at',
  cause: 'errors of each attempt',
  columns: 'order of columns',
};

const Header = ({ name, text, file }: { name: string; text: string; file: string | null }) => (
  <>
    <dt>{name}</dt>
    <dd>
      {text}
      {meanings[name] && <span class="soft"> · {meanings[name]}</span>}
      {name === 'source' && file !== null && <span class="soft">: {file}</span>}
    </dd>
  </>
);

/** JSON over several lines; any other text as it is. */
function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
