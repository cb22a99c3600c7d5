import type { OrderedSend } from './ordered-send.ts';

/**
 * Lets all who send at the same time share one `OrderedSend`, and so its chunks: many small files become few
 * sends. The rows of each stay in order. A caller that finishes during a flush joins the next one: rows are
 * acknowledged in groups.
 *
 * A send that fails, fails all who share it. They must try again by themselves.
 */
export function shareSends(start: () => OrderedSend): () => OrderedSend {
  let current: { readonly sending: OrderedSend; readonly flush: () => Promise<void> } | undefined;

  return () => {
    current ??= open(start());
    const mine = current;
    /** After a failure, nothing more is sent on its partition: others must start afresh. */
    const renew = (error: unknown): never => {
      if (current === mine) current = undefined;
      throw error;
    };
    return {
      add: (topic, partition, message) => mine.sending.add(topic, partition, message)?.catch(renew),
      finish: () => mine.flush().catch(renew),
    };
  };
}

function open(sending: OrderedSend) {
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  return {
    sending,
    flush: () => {
      next ??= running.then(() => {
        next = undefined;
        running = sending.finish();
        return running;
      });
      return next;
    },
  };
}
