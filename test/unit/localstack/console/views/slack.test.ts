import { expect, test } from '@jest/globals';
import { withLocalLinks } from '../../../../../localstack/console/views/slack.ts';

const url =
  'https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/arn:aws:states:us-east-1:000000000000:execution:isobar-local-daily:1';

test('a link to an execution on AWS leads to the view of workflows', () => {
  expect(withLocalLinks(`<p><a href="${url}" target="_blank">daily</a> and ${url}</p>`)).toBe(
    '<p><a href="/workflows">daily</a> and <a href="/workflows">The execution, in Workflows</a></p>',
  );
});

test('other links, and the JSON of the message, stay as they are', () => {
  const html = `<p><a href="https://example.org/x">x</a></p><details><pre>${url}</pre></details>`;
  expect(withLocalLinks(html)).toBe(html);
});
