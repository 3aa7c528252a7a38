import { request } from 'node:http';
import { startHttpServer } from '../http-server.js';

/** A proxy that serves what is at `origin` below a path, which it takes away; anything else is not found. */
export async function startPathProxy(origin: string, path: string): Promise<{ url: string; close(): Promise<void> }> {
  const server = await startHttpServer((incoming, outgoing) => {
    const { url = '', method, headers } = incoming;
    if (!url.startsWith(path)) {
      outgoing.writeHead(404).end();
      return;
    }
    const asked = request(`${origin}/${url.slice(path.length)}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    // Who is gone needs no stream of events any more.
    outgoing.once('close', () => asked.destroy());
    asked.once('error', () => outgoing.destroy());
    incoming.pipe(asked);
  });
  return { url: `${server.origin}${path}`, close: server.close };
}
