import { useState } from 'preact/hooks';
import type { RowPath } from '../../contract.ts';
import { formatTime } from '../format.ts';
import { useLive } from '../live.ts';
import { go, usePlace } from '../router.ts';
import { Card, Empty, Head, Loaded } from '../ui.tsx';

export function RowView() {
  const { query } = usePlace();
  const wanted = Object.fromEntries(
    ['file', 'line', 'location', 'time'].map((name) => [name, query.get(name) ?? '']),
  );
  const isAsked = wanted.file !== '' || wanted.location !== '';
  return (
    <>
      <Head title="One row's life">
        From the line of a file to the message in Slack, with the time of each step.
      </Head>
      <div class="columns">
        <Ask title="By file and line" names={['file', 'line']} wanted={wanted} />
        <Ask title="By place and time" names={['location', 'time']} wanted={wanted} />
      </div>
      {isAsked ? (
        <Paths key={JSON.stringify(wanted)} wanted={wanted} />
      ) : (
        <Card>
          <Empty title="Which row?">Lines are counted from 1, with the header. Times are in UTC.</Empty>
          <Examples />
        </Card>
      )}
    </>
  );
}

const shownExamples = 5;

/** The first row of the newest files. */
function Examples() {
  const { value } = useLive('/api/files', { limit: '20' }, 5_000);
  if (!value) return null;
  const read = value.files.filter(({ rowsValid, landed }) => rowsValid > 0 && landed === 1);
  return (
    <p class="examples">
      {read.length === 0 ? (
        <a href="/files">Drop a weather file, and follow one of its rows</a>
      ) : (
        read.slice(0, shownExamples).map(({ source, name }) => (
          <a key={source} href={`/row?${new URLSearchParams({ file: name, line: '2' })}`}>
            {name}, line 2
          </a>
        ))
      )}
    </p>
  );
}

const labels: Readonly<Record<string, { readonly label: string; readonly example: string }>> = {
  file: { label: 'File', example: 'observations-2024-08.csv' },
  line: { label: 'Line', example: '2' },
  location: { label: 'Place', example: 'Seoul' },
  time: { label: 'Time (UTC)', example: '2024-08-01 12:00:00' },
};

function Ask({
  title,
  names,
  wanted,
}: {
  title: string;
  names: readonly string[];
  wanted: Readonly<Record<string, string>>;
}) {
  const [values, setValues] = useState(() =>
    Object.fromEntries(names.map((name) => [name, wanted[name] ?? ''])),
  );
  return (
    <Card title={title}>
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault();
          go(`/row?${new URLSearchParams(values)}`);
        }}
      >
        {names.map((name) => (
          <label key={name} class="grow">
            <span>{labels[name]?.label}</span>
            <input
              type="text"
              required
              class="wide"
              placeholder={labels[name]?.example ?? ''}
              value={values[name] ?? ''}
              onInput={(event) => setValues({ ...values, [name]: event.currentTarget.value })}
            />
          </label>
        ))}
        <button type="submit" class="primary">
          Follow
        </button>
      </form>
    </Card>
  );
}

function Paths({ wanted }: { wanted: Readonly<Record<string, string>> }) {
  const live = useLive('/api/row', wanted, 0);
  return (
    <Loaded live={live}>
      {({ paths }) =>
        paths.length === 0 ? (
          <Card>
            <Empty title="No such row">
              It has not landed and is no error. It may be a header, a line that was skipped, or still on its
              way.
            </Empty>
          </Card>
        ) : (
          paths.map((path) => <PathCard key={path.title + path.steps[1]?.text} {...path} />)
        )
      }
    </Loaded>
  );
}

const PathCard = ({ title, text, steps }: RowPath) => (
  <Card title={title}>
    <p class="soft breaks">{text}</p>
    <ol class="life">
      {steps.map(({ title: name, text: what, atMs, link, state }) => (
        <li key={name + what} class={state}>
          <b>{name}</b>
          <span class="breaks">{link === null ? what : <a href={link}>{what}</a>}</span>
          <span class="soft">{atMs === null ? '' : `${formatTime(atMs)} UTC`}</span>
        </li>
      ))}
    </ol>
  </Card>
);
