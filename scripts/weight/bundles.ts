import { build, type Metafile } from 'esbuild';

/** The part of a bundle that is loaded with its entry, without what it imports later. */
export interface Bundled {
  /** Size of the minified code, in bytes. */
  readonly bytes: number;
  /** Names of the packages whose code it contains, sorted. */
  readonly packages: readonly string[];
  /** Files of this repository that it contains, such as `generated/validators/approval.ts`. */
  readonly files: readonly string[];
}

/** A service that only publishes. */
export const publisherSource = `
import { createEventBus } from '@hyvve-events/runtime';
import { publishApprovalApproved } from '@hyvve-events/sdk/approval';
const bus = createEventBus({ service: 'billing', closeOn: ['SIGTERM'] });
const decision = { approvalId: 'apr1', type: 'terms', title: 'New terms', decision: 'approved', confidenceScore: 1 };
await publishApprovalApproved(bus, decision, { tenantId: 'acme' });
`;

/** Bundles a module with esbuild, from the sources of this repository. */
export async function bundleOf(source: string): Promise<Bundled> {
  const { metafile } = await build({
    stdin: { contents: source, resolveDir: process.cwd(), sourcefile: 'entry.ts', loader: 'ts' },
    bundle: true,
    minify: true,
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    conditions: ['@hyvve-events/source'],
    outdir: 'out',
    write: false,
    metafile: true,
    logLevel: 'error',
  });
  return loadedFirst(metafile);
}

/** The entry of a bundle and the files that it imports statically. */
function loadedFirst({ outputs }: Metafile): Bundled {
  const entry = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === 'entry.ts')?.[0];
  const loaded = new Set<string>();
  const visit = (file: string | undefined) => {
    const output = file === undefined ? undefined : outputs[file];
    if (file === undefined || output === undefined || loaded.has(file)) return;
    loaded.add(file);
    for (const { path, kind } of output.imports) if (kind === 'import-statement') visit(path);
  };
  visit(entry);
  const parts = [...loaded].flatMap((file) => outputs[file] ?? []);
  const inputs = parts.flatMap((output) =>
    Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  const packages = inputs.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  return {
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
    packages: [...new Set(packages)].sort(),
    files: inputs.filter((path) => !path.startsWith('node_modules/')).sort(),
  };
}
