import { type AddressInfo, createServer } from 'node:net';

/** Why a program cannot listen at a port of this machine; undefined if it can. */
export async function portProblem(port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  await new Promise((resolve) => server.close(resolve));
  return undefined;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
