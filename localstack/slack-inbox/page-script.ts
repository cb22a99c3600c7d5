/**
 * The script of the page: adds new messages at the top, and keeps as many as the server.
 * The server has escaped the HTML that it inserts.
 */
export const pageScript = `
const byId = (id) => document.getElementById(id);
const feed = byId('feed'), live = byId('live'), total = byId('total'), notice = byId('notice');
byId('here').textContent = location.origin;

const dress = (root) => {
  for (const time of root.querySelectorAll('time')) {
    const at = new Date(time.dateTime);
    time.textContent = at.toLocaleTimeString([], { hourCycle: 'h23' });
    time.title = at.toLocaleString();
  }
  for (const bar of root.querySelectorAll('[data-colour]')) bar.style.setProperty('--bar', bar.dataset.colour);
};
dress(document);

const show = (count) => {
  total.textContent = count;
  document.title = (count > 0 ? '(' + count + ') ' : '') + 'Slack inbox · Isobar';
};
show(Number(total.textContent));

const on = (events, name, act) => events.addEventListener(name, (event) => act(JSON.parse(event.data)));
let dropped = false;
const events = new EventSource('/events');
events.onopen = () => {
  if (dropped) location.reload();
  live.textContent = 'live';
  live.classList.add('on');
};
events.onerror = () => {
  dropped = true;
  live.textContent = 'reconnecting';
  live.classList.remove('on');
};
on(events, 'message-received', ({ html, count, keep }) => {
  feed.insertAdjacentHTML('afterbegin', html);
  feed.firstElementChild.classList.add('new');
  dress(feed.firstElementChild);
  while (feed.children.length > keep) feed.lastElementChild.remove();
  show(count);
});
on(events, 'cleared', () => {
  feed.replaceChildren();
  show(0);
});
on(events, 'behaviour', ({ html }) => { notice.innerHTML = html; });
byId('clear').onclick = () => fetch('/messages', { method: 'DELETE' });
`;
