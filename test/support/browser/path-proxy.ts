import { request } from 'node:http';
import { startHttpServer } from '../http-server.js';

/** A proxy that serves `origin` below a path, which it removes from requests. It answers 404 for any other path. */
export async function startPathProxy(origin: string, path: string): Promise<{ url: string; close(): Promise<void> }> {
  const server = await startHttpServer((incoming, outgoing) => {
    const { url = '', method, headers } = incoming;
    if (!url.startsWith(path)) {
      outgoing.writeHead(404).end();
      return;
    }
    const forwarded = request(`${origin}/${url.slice(path.length)}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    // A client that has disconnected needs no stream of events any more.
    outgoing.once('close', () => forwarded.destroy());
    forwarded.once('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  return { url: `${server.origin}${path}`, close: server.close };
}
