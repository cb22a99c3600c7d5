import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { type Behaviour, describeBehaviour } from '../../../../localstack/slack-inbox/behaviour.ts';
import { type SlackInbox, startSlackInbox } from '../../../../localstack/slack-inbox/server.ts';

/** Where the console shows the messages. */
export const pageUrl = 'http://127.0.0.1:8065/slack';

/** An inbox for each test, with calls to it. */
export function testInbox() {
  let folder: string;
  let inbox: SlackInbox;
  const storeFile = () => join(folder, 'messages.jsonl');
  const start = () =>
    startSlackInbox({ host: '127.0.0.1', port: 0, keep: 3, storeFile: storeFile(), pageUrl });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slack-inbox-'));
    inbox = await start();
  });
  afterEach(async () => {
    await inbox.close();
    await rm(folder, { recursive: true });
  });

  const post = (body: string, contentType = 'application/json', path = '/services/T0/B0/key') =>
    fetch(inbox.url + path, { method: 'POST', body, headers: { 'content-type': contentType } });
  return {
    storeFile,
    url: () => inbox.url,
    stop: () => inbox.close(),
    async restart() {
      inbox = await start();
    },
    post,
    postJson: async (payload: unknown) => outcome(await post(JSON.stringify(payload))),
    setBehaviour: (settings: unknown) =>
      fetch(`${inbox.url}/behaviour`, { method: 'PUT', body: JSON.stringify(settings) }),
    async received() {
      const response = await fetch(`${inbox.url}/messages`);
      const messages = (await response.json()) as { id: number; payload: { text?: string } }[];
      const texts = messages.map(({ payload }) => payload.text);
      return { texts, total: response.headers.get('x-total-count') };
    },
    describedBehaviour: async () =>
      describeBehaviour((await (await fetch(`${inbox.url}/behaviour`)).json()) as Behaviour),
  };
}

export const outcome = async (response: Response) => [response.status, await response.text()];
