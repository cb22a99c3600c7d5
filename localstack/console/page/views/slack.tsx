import { plural } from '../format.ts';
import { useLive } from '../live.ts';
import { Card, Empty, Head, Loaded } from '../ui.tsx';

export function SlackView() {
  const live = useLive('/api/slack', {}, 1_500);
  return (
    <>
      <Head title="Slack">What the channel would have got, newest first, as Slack draws it.</Head>
      <Loaded live={live}>
        {({ messages, total }) => (
          <Card title="Incoming messages" aside={<span class="soft">{plural(total, 'message')}</span>} flush>
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
        )}
      </Loaded>
    </>
  );
}

/** The inbox escapes all text of a message. Its HTML is the same as on its own page. */
const SlackMessage = ({ html }: { html: string }) => (
  <li dangerouslySetInnerHTML={{ __html: html.replace(/^<li[^>]*>|<\/li>$/g, '') }} />
);
