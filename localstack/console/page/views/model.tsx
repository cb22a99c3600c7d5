import { useState } from 'preact/hooks';
import { type Model, modelReportPath, type Prediction, type Scored, type Shadow } from '../../contract.ts';
import { formatCount } from '../format.ts';
import { act, useLive } from '../live.ts';
import { usePlace, withQuery } from '../router.ts';
import { Ago, Badge, Card, Empty, ErrorNote, Head, Loaded, Meter } from '../ui.tsx';

export function ModelView() {
  const place = usePlace();
  const only = place.query.get('only') ?? '';
  const live = useLive('/api/model', { only }, 2_000);
  return (
    <>
      <Head
        title="Model"
        actions={
          <a class="button" href={modelReportPath} target="_blank" rel="noopener">
            Report of the training
          </a>
        }
      >
        The fraud model: how far the transactions drifted, how often it was right, what it said last.
      </Head>
      <Loaded live={live}>
        {(model) => (
          <>
            <div class="columns">
              <Drift {...model} />
              <Quality {...model} />
            </div>
            {model.segments.length > 0 && <DriftBySegment segments={model.segments} />}
            {model.shadow && <InShadow {...model.shadow} />}
            <TryIt />
            <Card
              title="Newest transactions"
              aside={
                <a href={withQuery(place, { only: only === '' ? 'fraud' : '' })}>
                  {only === '' ? 'Show flagged only' : 'Show all'}
                </a>
              }
              flush
            >
              <Predictions predictions={model.predictions} />
            </Card>
          </>
        )}
      </Loaded>
    </>
  );
}

const Drift = ({ drift, driftAtMs, driftTransactions }: Model) => (
  <Card
    title="Drift from the training data"
    aside={
      driftAtMs !== undefined && (
        <span class="soft">
          {formatCount(driftTransactions ?? 0)} transactions, <Ago ms={driftAtMs} />
        </span>
      )
    }
  >
    {drift.length === 0 ? (
      <Empty title="Not measured yet">
        It takes some hundred transactions; <code>npm start</code> sends two a second.
      </Empty>
    ) : (
      <ul class="bars">
        {drift.map(({ feature, value, warns }) => (
          <li key={feature} class={feature === 'overall' ? 'strong' : ''}>
            <span class="breaks">
              {feature.replaceAll('_', '_\u200b')} {warns && <Badge tone="bad">warns</Badge>}
            </span>
            <Meter share={Math.min(1, value)} label={`drift of ${feature}${warns ? ', which warns' : ''}`} />
            <b>{value.toFixed(2)}</b>
          </li>
        ))}
      </ul>
    )}
  </Card>
);

const share = (value: number | null) => (value === null ? '–' : value.toFixed(3));

const Quality = ({ quality }: Model) => (
  <Card title="Right and wrong, by how long labels had to arrive" flush>
    {quality.length === 0 ? (
      <Empty title="Not evaluated yet">
        It takes labels; <code>npm run evaluate</code> compares them with the predictions.
      </Empty>
    ) : (
      <table class="stacks">
        <thead>
          <tr>
            <th>Maturity</th>
            <th class="number">Labelled</th>
            <th class="number">Precision</th>
            <th class="number">Recall</th>
            <th class="number">F1</th>
            <th class="number">Accuracy</th>
          </tr>
        </thead>
        <tbody>
          {quality.map(({ maturity, labelled, precision, recall, f1, accuracy }) => (
            <tr key={maturity}>
              <th scope="row">{maturity}</th>
              <td data-label="Labelled" class="number">
                {formatCount(labelled)}
              </td>
              <td data-label="Precision" class="number">
                {share(precision)}
              </td>
              <td data-label="Recall" class="number">
                {share(recall)}
              </td>
              <td data-label="F1" class="number">
                {share(f1)}
              </td>
              <td data-label="Accuracy" class="number">
                {share(accuracy)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
  </Card>
);

const DriftBySegment = ({ segments }: Pick<Model, 'segments'>) => (
  <Card title="Drift within segments, from the same segment of the training data" flush>
    <table class="stacks">
      <thead>
        <tr>
          <th>Segment</th>
          <th class="number">Transactions</th>
          <th class="number">Drift</th>
          <th>Most in</th>
          <th class="number">Drift of it</th>
        </tr>
      </thead>
      <tbody>
        {segments.map(({ dimension, segment, transactions, drift, feature, ofFeature }) => (
          <tr key={segment}>
            <th scope="row">
              {dimension.replaceAll('_', ' ')} {segment}
            </th>
            <td data-label="Transactions" class="number">
              {formatCount(transactions)}
            </td>
            <td data-label="Drift" class="number">
              {drift.toFixed(2)}
            </td>
            <td data-label="Most in" class="breaks">
              {feature.replaceAll('_', '_\u200b')}
            </td>
            <td data-label="Drift of it" class="number">
              {ofFeature.toFixed(2)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </Card>
);

const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;

const InShadow = ({ models, gain, labelled, transactions, disagreement, scoreDrift }: Shadow) => (
  <Card
    title="The challenger beside the model in use, on the same transactions"
    aside={
      <span class="soft">
        {gain
          ? `F1 ${signed(gain.estimate)}, 95 % from ${signed(gain.low)} to ${signed(gain.high)}`
          : 'too few labels for a verdict'}
      </span>
    }
  >
    <table class="stacks">
      <thead>
        <tr>
          <th>Model</th>
          <th class="number">Precision</th>
          <th class="number">Recall</th>
          <th class="number">Estimated precision</th>
          <th class="number">Estimated recall</th>
        </tr>
      </thead>
      <tbody>
        {models.map(({ model, version, precision, recall, estimatedPrecision, estimatedRecall }) => (
          <tr key={model}>
            <th scope="row">
              {version} {model === 'champion' ? '(in use)' : '(in shadow)'}
            </th>
            <td data-label="Precision" class="number">
              {share(precision)}
            </td>
            <td data-label="Recall" class="number">
              {share(recall)}
            </td>
            <td data-label="Estimated precision" class="number">
              {share(estimatedPrecision)}
            </td>
            <td data-label="Estimated recall" class="number">
              {share(estimatedRecall)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
    <p class="soft">
      {formatCount(labelled ?? 0)} labelled transactions.{' '}
      {transactions === null || disagreement === null
        ? 'The drift of their scores is not measured yet.'
        : `Of ${formatCount(transactions)} in the drift window, ${(100 * disagreement).toFixed(1)} % have another verdict; the scores are ${share(scoreDrift)} apart (0 to 1).`}
    </p>
  </Card>
);

const Predictions = ({ predictions }: { predictions: readonly Prediction[] }) =>
  predictions.length === 0 ? (
    <Empty title="No transaction yet">Score one above.</Empty>
  ) : (
    <table class="stacks">
      <thead>
        <tr>
          <th>Transaction</th>
          <th>Verdict</th>
          <th class="number">Score</th>
          <th class="number">Amount</th>
          <th>Reasons that raised the score</th>
          <th>Label</th>
          <th>Scored</th>
        </tr>
      </thead>
      <tbody>
        {predictions.map((prediction) => (
          <PredictionRow key={prediction.id} {...prediction} />
        ))}
      </tbody>
    </table>
  );

const PredictionRow = ({
  id,
  account,
  fraud,
  score,
  amount,
  currency,
  category,
  reasons,
  ...rest
}: Prediction) => (
  <tr>
    <th scope="row" class="transaction">
      <span class="breaks">{id}</span>
      <small class="soft">
        {account} · {category} · {rest.country} · {rest.channel}
      </small>
    </th>
    <td data-label="Verdict">
      <Badge tone={fraud ? 'bad' : 'good'}>{fraud ? 'fraud' : 'legitimate'}</Badge>
    </td>
    <td data-label="Score" class="number">
      {score.toFixed(3)}
    </td>
    <td data-label="Amount" class="number">
      {formatCount(amount)} {currency}
    </td>
    <td data-label="Reasons">{reasons.join('; ') || '–'}</td>
    <td data-label="Label">{rest.label === null ? '–' : rest.label ? 'fraud' : 'legitimate'}</td>
    <td data-label="Scored">
      <Ago ms={rest.scoredAtMs} />
    </td>
  </tr>
);

const sample = () => ({
  transactionId: `console-${crypto.randomUUID().slice(0, 8)}`,
  accountId: 'account-1',
  amount: 1250,
  currency: 'EUR',
  merchantCategory: 'electronics',
  country: 'DE',
  channel: 'online',
  time: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
});

/** Sends a transaction to the API, which answers as it does to any caller. */
function TryIt() {
  const [text, setText] = useState(() => JSON.stringify(sample(), null, 2));
  const [answer, setAnswer] = useState<Scored>();
  const [reason, setReason] = useState('');
  const [isBusy, setBusy] = useState(false);

  const send = async () => {
    setBusy(true);
    setReason('');
    setAnswer(undefined);
    try {
      setAnswer(await act<Scored>('/api/predict', {}, text));
    } catch (error) {
      setReason(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };

  return (
    <Card title="Score a transaction" aside={<span class="soft">POST /predict</span>}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <textarea
          class="mono"
          aria-label="Transaction, as JSON"
          rows={10}
          spellcheck={false}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <div class="actions">
          <button type="submit" class="primary" disabled={isBusy}>
            Score
          </button>
          <button type="button" onClick={() => setText(JSON.stringify(sample(), null, 2))}>
            New id and time
          </button>
        </div>
      </form>
      <div aria-live="polite">
        {reason !== '' && <ErrorNote>{reason}</ErrorNote>}
        {answer && (
          <p class={answer.fraud ? 'note bad' : 'note good'}>
            <b>
              {answer.fraud ? 'Fraud' : 'Legitimate'}, score {answer.score.toFixed(3)}
            </b>{' '}
            by model {answer.modelVersion}.{' '}
            {answer.reasons.length > 0 && `Raised by: ${answer.reasons.join('; ')}.`}
          </p>
        )}
      </div>
    </Card>
  );
}
