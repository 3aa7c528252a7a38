import { isIP } from 'node:net';

/** Whether text names proxies: an address, a range such as `10.0.0.0/8`, or `loopback`, `linklocal`, `uniquelocal`. */
export function isProxyAddress(text: string): boolean {
  if (/^(loopback|linklocal|uniquelocal)$/.test(text)) return true;
  const [address = '', bits, ...more] = text.split('/');
  const most = { 4: 32, 6: 128 }[isIP(address)];
  return (
    most !== undefined && more.length === 0 && (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= most))
  );
}
