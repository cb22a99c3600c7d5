import { isIPv4 } from 'node:net';

/**
 * Whether a URL leads to this machine. Only `localhost` is accepted as a name: DNS decides where any other
 * leads.
 */
export function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, username, password, hostname } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  if (username !== '' || password !== '') return false;
  if (hostname === 'localhost' || hostname === '[::1]') return true;
  return isIPv4(hostname) && hostname.startsWith('127.');
}
