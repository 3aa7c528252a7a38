import { sdkAlias, type UpcasterFile } from '../model/upcaster-file.js';
import { sharedModule, upcastersConstant } from '../print/modules.js';
import { importModule } from '../source/import-module.js';
import { moduleImports } from '../source/module-imports.js';
import type { Problem } from '../support/errors.js';

/** A written conversion, as it is called. */
export type WrittenStep = (data: unknown, event: object) => unknown;

/** The written conversions of a domain, or why they cannot be used. */
export interface LoadedUpcasters {
  readonly problems: readonly Problem[];
  /** The function of one step of an event, by its key; undefined if the file does not have it. */
  readonly stepOf: (key: string, step: string) => WrittenStep | undefined;
}

/** Runs the file with the written conversions of a domain. @param modules File names of the SDK's modules, without extension. */
export async function loadUpcasters(file: UpcasterFile, modules: ReadonlySet<string>): Promise<LoadedUpcasters> {
  const imported = importProblems(file, modules);
  if (imported.length > 0) return { problems: imported, stepOf: () => undefined };
  const name = upcastersConstant(file.domain);
  let exports: Readonly<Record<string, unknown>>;
  try {
    exports = await importModule(file.path);
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
    return invalid(file, `the file failed: ${why}`, 'correct the file');
  }
  const all = exports[name];
  if (typeof all !== 'object' || all === null) {
    const hint = `write \`export const ${name}: … = { … }\`; \`hyvve-events upcaster\` writes the start of the file`;
    return invalid(file, `the file does not export ${name}`, hint);
  }
  return {
    problems: [],
    stepOf: (key, step) => {
      const steps = ownValue(all, key);
      const found = typeof steps === 'object' && steps !== null ? ownValue(steps, step) : undefined;
      return typeof found === 'function' ? (found as WrittenStep) : undefined;
    },
  };
}

function ownValue(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? (object as Readonly<Record<string, unknown>>)[name] : undefined;
}

function invalid({ file }: UpcasterFile, message: string, hint: string): LoadedUpcasters {
  const problem = { code: 'UPCASTER_INVALID', severity: 'error', file, line: 1, column: 1, message, hint } as const;
  return { problems: [problem], stepOf: () => undefined };
}

/** Imports that the copy of the file in the SDK could not have. */
function importProblems({ file, text, domain }: UpcasterFile, modules: ReadonlySet<string>): Problem[] {
  return moduleImports(text).flatMap(({ from, start, isType }): Problem[] => {
    const isOfSdk = from === sdkAlias || from.startsWith(`${sdkAlias}/`);
    if (isType && (from === sdkAlias || (isOfSdk && modules.has(from.slice(sdkAlias.length + 1))))) return [];
    const before = text.slice(0, start).split('\n');
    const place = { file, line: before.length, column: before.at(-1)?.length ?? 1 };
    const message =
      isOfSdk && isType ? `the SDK has no module ${from}` : `the import of ${from || 'a module'} is not possible here`;
    const hint = isOfSdk
      ? `import types: \`import type { … } from '${sdkAlias}/${domain.fileName}'\`; the modules are ${[...modules].join(', ')}`
      : `the SDK contains a copy of this file and of nothing else: import types of ${sdkAlias} only, and write helper functions here`;
    return [{ code: 'UPCASTER_INVALID', severity: 'error', ...place, message, hint }];
  });
}

/** The modules of an SDK from which types can be imported. */
export function typeModules(fileNames: readonly string[]): ReadonlySet<string> {
  return new Set([...fileNames, sharedModule]);
}
