import { useLayoutEffect, useRef } from 'preact/hooks';
import { plural } from '../format.ts';
import { useLive } from '../live.ts';
import { Card, Empty, Head, Loaded } from '../ui.tsx';

export function SlackView() {
  const live = useLive('/api/slack', {}, 1_500);
  return (
    <>
      <Head title="Slack">What the channel would have got, newest first, as Slack draws it.</Head>
      <Loaded live={live}>
        {({ messages, total, failing }) => (
          <>
            {failing !== null && <p class="note warn">The failure switch is on: {failing}.</p>}
            <Card
              title="Incoming messages"
              aside={<span class="soft">{plural(total, 'message')}</span>}
              flush
            >
              {messages.length === 0 ? (
                <Empty title="No message yet">
                  Alerts, errors and daily summaries appear here when they are sent.
                </Empty>
              ) : (
                <ol class="slack">
                  {messages.map(({ id, html }) => (
                    <SlackMessage key={id} html={html} />
                  ))}
                </ol>
              )}
            </Card>
          </>
        )}
      </Loaded>
    </>
  );
}

/** The server escaped all text of the message. Its own colours are set here: they are no classes. */
function SlackMessage({ html }: { html: string }) {
  const item = useRef<HTMLLIElement>(null);
  useLayoutEffect(() => {
    for (const bar of item.current?.querySelectorAll<HTMLElement>('[data-colour]') ?? [])
      bar.style.borderColor = bar.dataset.colour ?? '';
  }, [html]);
  return <li ref={item} dangerouslySetInnerHTML={{ __html: html.replace(/^<li[^>]*>|<\/li>$/g, '') }} />;
}
