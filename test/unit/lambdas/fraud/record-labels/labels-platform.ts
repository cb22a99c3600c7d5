import type { DatedLabel, KeptLabel } from '../../../../../lambdas/fraud/record-labels/record-labels.ts';
import { type FileVersion, versionOf } from '../../../../../lambdas/shared/incoming/incoming-files.ts';
import type { Counts } from '../../../../../lambdas/shared/incoming/ingested-files-table.ts';
import type { Message } from '../../../../../lambdas/shared/kafka/kafka-producer.ts';
import { orderedSend } from '../../../../../lambdas/shared/kafka/ordered-send.ts';

export const nowMs = Date.UTC(2024, 4, 1);

/** A platform that has scored these transactions. */
export function platform(...scored: string[]) {
  const errors: Message[] = [];
  const labels = new Map<string, DatedLabel & { source: string }>();
  const done = new Map<string, Counts>();
  const names = new Map<string, string>();
  return {
    errors,
    labels,
    done,
    startIngest: async ({ source, key }: FileVersion) => {
      names.set(source, key);
      return !done.has(source);
    },
    markIngested: async ({ source }: FileVersion, counts: Counts) => void done.set(source, counts),
    keepFirst: async (given: readonly DatedLabel[], source: string): Promise<KeptLabel[]> => {
      for (const label of given)
        if (!labels.has(label.transactionId)) labels.set(label.transactionId, { ...label, source });
      return given.map(({ transactionId }) => {
        const kept = labels.get(transactionId);
        const { isFraud = false, source: keptSource = source } = kept ?? {};
        return {
          isFraud,
          fileName: names.get(keptSource) ?? keptSource,
          isScored: scored.includes(transactionId),
        };
      });
    },
    startSending: () =>
      orderedSend(
        { send: async ({ messages }) => void errors.push(...messages) },
        { messages: 2, bytes: 1e6 },
      ),
    now: () => nowMs,
  };
}

/** A file of labels that comes in pieces. An Error among them is thrown by its stream. */
export const file = (name: string, ...content: (string | Buffer | Error)[]) => ({
  ...versionOf(`incoming/labels/${name}`, 'etag'),
  readAtMs: 0,
  async *open() {
    for (const piece of content) {
      if (piece instanceof Error) throw piece;
      yield Buffer.from(piece);
    }
  },
  close() {},
});
