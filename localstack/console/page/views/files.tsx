import { useEffect, useRef, useState } from 'preact/hooks';
import type { FileLine, FileState, Uploaded } from '../../contract.ts';
import { formatBytes, formatCount, plural } from '../format.ts';
import { act, useLive } from '../live.ts';
import { Ago, Badge, Card, Empty, ErrorNote, Head, Loaded, Meter, type Tone } from '../ui.tsx';

export function FilesView() {
  const live = useLive('/api/files');
  const [mine, setMine] = useState<ReadonlySet<string>>(new Set());
  return (
    <>
      <Head title="Files">Every dropped file, newest first, and how far its rows are.</Head>
      <DropZone
        onDropped={(source) => {
          setMine((before) => new Set(before).add(source));
          live.refresh();
        }}
      />
      <Loaded live={live}>
        {({ files, total }) => (
          <Card title="Dropped files" aside={<span class="soft">{shownOf(files.length, total)}</span>} flush>
            {files.length === 0 ? (
              <Empty title="No file yet">Drop a weather file above: CSV or JSON, plain, gzip or ZIP.</Empty>
            ) : (
              <FileTable files={files} mine={mine} />
            )}
          </Card>
        )}
      </Loaded>
    </>
  );
}

const shownOf = (shown: number, total: number) =>
  shown < total ? `the newest ${formatCount(shown)} of ${formatCount(total)}` : plural(total, 'file');

const states: Readonly<Record<FileState, { readonly tone: Tone; readonly text: string }>> = {
  waiting: { tone: 'warn', text: 'waiting' },
  processing: { tone: 'accent', text: 'processing' },
  done: { tone: 'good', text: 'landed' },
  errors: { tone: 'warn', text: 'landed, with errors' },
  refused: { tone: 'bad', text: 'refused' },
};

const noValidRow = { tone: 'bad', text: 'no valid row' } as const;

const FileTable = ({ files, mine }: { files: readonly FileLine[]; mine: ReadonlySet<string> }) => (
  <table class="stacks">
    <thead>
      <tr>
        <th>File</th>
        <th>State</th>
        <th class="number">Rows</th>
        <th class="number">Valid</th>
        <th class="number">Errors</th>
        <th>Landed and watched</th>
        <th>Read</th>
      </tr>
    </thead>
    <tbody>
      {files.map((file) => (
        <FileRow key={file.source} file={file} isMine={mine.has(file.source)} />
      ))}
    </tbody>
  </table>
);

function FileRow({ file, isMine }: { file: FileLine; isMine: boolean }) {
  const { name, state, rowsRead, rowsValid, rowsInvalid, rowsRefused, openErrors, ignoredColumns } = file;
  const errors = Math.max(rowsInvalid, openErrors);
  const { tone, text } = state === 'errors' && rowsValid === 0 ? noValidRow : states[state];
  return (
    <tr class={isMine ? 'mine' : ''}>
      <th scope="row">
        <span class="breaks">{name}</span>
        {ignoredColumns.length > 0 && <small class="soft">not read: {ignoredColumns.join(', ')}</small>}
      </th>
      <td data-label="State">
        <Badge tone={tone}>{text}</Badge>
      </td>
      <td data-label="Rows" class="number">
        {formatCount(rowsRead)}
      </td>
      <td data-label="Valid" class="number">
        {formatCount(rowsValid)}
        {rowsRefused > 0 && <small class="soft"> {formatCount(rowsRefused)} refused</small>}
      </td>
      <td data-label="Errors" class="number">
        {errors > 0 ? (
          <a href={`/errors?${new URLSearchParams({ file: `incoming/observations/${name}` })}`}>
            {formatCount(errors)}
            <span class="hidden"> errors of {name}</span>
          </a>
        ) : (
          '0'
        )}
        {errors > openErrors && <small class="soft"> {formatCount(openErrors)} open</small>}
      </td>
      <td data-label="Progress" class="meters">
        <Meter share={file.landed} label="landed" />
        <Meter share={file.watched} label="watched" />
      </td>
      <td data-label="Read">{file.startedAtMs === undefined ? '–' : <Ago ms={file.startedAtMs} />}</td>
    </tr>
  );
}

interface Upload {
  readonly name: string;
  readonly bytes: number;
  readonly state: 'sending' | 'sent' | string;
}

/** Takes files by drop or by choice, and drops each of them into the incoming folder. */
function DropZone({ onDropped }: { onDropped: (source: string) => void }) {
  const [isOver, setOver] = useState(false);
  const [uploads, setUploads] = useState<readonly Upload[]>([]);
  const [folder, setFolder] = useState('');
  const input = useRef<HTMLInputElement>(null);

  const send = async (file: File) => {
    const name = [folder.trim().replace(/^\/+|\/+$/g, ''), file.name].filter(Boolean).join('/');
    const note = (state: string) =>
      setUploads((before) => [
        { name, bytes: file.size, state },
        ...before.filter((upload) => upload.name !== name),
      ]);
    note('sending');
    try {
      const { source } = await act<Uploaded>('/api/files', { name }, file);
      note('sent');
      onDropped(source);
    } catch (error) {
      note(error instanceof Error ? error.message : String(error));
    }
  };
  /** A format file says how to read the others, so it goes first. */
  const sendAll = async (files: readonly File[]) => {
    const rank = ({ name }: File) => (name === '_format.json' ? 0 : 1);
    for (const file of files.toSorted((one, other) => rank(one) - rank(other))) await send(file);
  };

  // The whole page takes files: a browser would leave it for a file that is dropped beside the box.
  useEffect(() => {
    const over = (event: DragEvent) => {
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      void sendAll([...(event.dataTransfer?.files ?? [])]);
    };
    document.addEventListener('dragover', over);
    document.addEventListener('dragleave', leave);
    document.addEventListener('drop', drop);
    return () => {
      document.removeEventListener('dragover', over);
      document.removeEventListener('dragleave', leave);
      document.removeEventListener('drop', drop);
    };
  });

  return (
    <>
      <section class={isOver ? 'drop over' : 'drop'} aria-label="Drop files">
        <input
          ref={input}
          type="file"
          multiple
          class="hidden"
          tabIndex={-1}
          aria-label="Files to drop"
          onChange={(event) => {
            void sendAll([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = '';
          }}
        />
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M12 16V5m0 0L8 9m4-4l4 4M5 19h14" />
        </svg>
        <p>
          <b>Drop your own weather files anywhere on this page</b>
          <span class="soft">
            CSV or JSON, plain, gzip or ZIP, with the columns Location, Date_Time, Temperature_C,
            Humidity_pct, Precipitation_mm and Wind_Speed_kmh. Of files with other columns, units or times, a{' '}
            <code>_format.json</code> in the same folder says how to read them.
          </span>
        </p>
        <label>
          <span class="soft">Folder</span>
          <input
            type="text"
            placeholder="none"
            value={folder}
            onInput={(event) => setFolder(event.currentTarget.value)}
          />
        </label>
        <button type="button" onClick={() => input.current?.click()}>
          Choose files
        </button>
      </section>
      {uploads.map(({ name, bytes, state }) =>
        state === 'sending' || state === 'sent' ? (
          <p key={name} class={state === 'sent' ? 'note good' : 'note accent'} role="status">
            <b>{name}</b> ({formatBytes(bytes)}){' '}
            {state === 'sent' ? 'is in the incoming folder.' : 'is being sent.'}
          </p>
        ) : (
          <ErrorNote key={name}>
            <b>{name}</b> was not dropped. {state}
          </ErrorNote>
        ),
      )}
    </>
  );
}
