import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { buildPage } from '../../../../localstack/console/page-assets.ts';

test('the page is HTML without inline scripts or styles, one style sheet and less than 200 kB of script', async () => {
  const assets = await buildPage();
  expect([...assets.keys()].sort()).toEqual(['/', '/icon.svg', '/page.js', '/style.css']);
  expect(gzipSync(assets.get('/page.js')?.content ?? '').length).toBeLessThan(200_000);
  const html = assets.get('/')?.content.toString() ?? '';
  expect(html).toContain('<script type="module" src="/page.js"></script>');
  expect(html).not.toMatch(/<script(?![^>]*src=)|<style|\son\w+=|\sstyle=/);
});
