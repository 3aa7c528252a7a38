import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { EventModel } from '../model/event-model.js';

/** What a file with declarations belongs to: the SDK of the catalog, the runtime, or the module for NestJS. */
export type DeclaringPackage =
  | { readonly kind: 'sdk'; readonly model: EventModel | undefined }
  | { readonly kind: 'runtime' | 'nestjs' | 'testing' | 'tool' };

export interface SdkIdentity {
  /** The folder that the SDK is generated in. */
  readonly out: string;
  /** The title of the catalog: a copy of the SDK elsewhere, such as in `node_modules`, has it too. */
  readonly title: string;
}

/** Finds the package of a file; undefined for code of users and of other packages. */
export type FindPackage = (file: string) => DeclaringPackage | undefined;

const tools = ['generator', 'admin', 'catalog-model', 'outbox', 'models'].map((name) => `@hyvve-events/${name}`);

/** Reads `catalog.json` and `package.json` of the folders above a file, each folder once. */
export function packageFinder({ out, title }: SdkIdentity): FindPackage {
  const sdkFolder = existsSync(out) ? realpathSync(out) : resolve(out);
  const known = new Map<string, DeclaringPackage | undefined>();
  const ofFolder = (folder: string): DeclaringPackage | undefined => {
    if (known.has(folder)) return known.get(folder);
    const found = read(folder);
    known.set(folder, found);
    return found;
  };
  const read = (folder: string): DeclaringPackage | undefined => {
    const model = jsonAt(join(folder, 'catalog.json')) as EventModel | undefined;
    if (folder === sdkFolder) return { kind: 'sdk', model };
    if (model?.modelVersion === 1 && model.catalog.title === title) return { kind: 'sdk', model };
    const name = (jsonAt(join(folder, 'package.json')) as { readonly name?: unknown } | undefined)?.name;
    if (name === '@hyvve-events/runtime') return { kind: 'runtime' };
    if (name === '@hyvve-events/nestjs') return { kind: 'nestjs' };
    if (tools.includes(String(name))) return { kind: 'tool' };
    const parent = dirname(folder);
    // A package.json without a name only sets the kind of the modules of a folder.
    return parent === folder || typeof name === 'string' ? undefined : ofFolder(parent);
  };
  return (file) => {
    const found = ofFolder(dirname(file));
    const isTesting =
      (found?.kind === 'runtime' || found?.kind === 'nestjs') && /\/testing(\/index)?\.(d\.)?[cm]?ts$/.test(file);
    return isTesting ? { kind: 'testing' } : found;
  };
}

function jsonAt(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
