import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { DomainModel, EventModel } from '../model/event-model.js';
import type { UpcasterFile } from '../model/upcaster-file.js';
import { upcastersFolder as copiesFolder, hasWrittenSteps } from '../print/modules.js';
import { readText } from '../source/read-text.js';
import { GeneratorError, type Problem } from '../support/errors.js';

/** The folder of the written conversions: `upcasters` in the folder of the catalog. */
export function upcastersFolder(catalog: string): string {
  return join(dirname(catalog), 'upcasters').replaceAll('\\', '/');
}

/** The path of the file for one domain, relative to the working directory. */
export function upcasterPath(catalog: string, { fileName }: DomainModel): string {
  return `${upcastersFolder(catalog)}/${fileName}.ts`;
}

/** The files that exist, one for each domain. @throws GeneratorError `FILE_UNREADABLE` */
export function readUpcasterFiles(catalog: string, domains: readonly DomainModel[]): UpcasterFile[] {
  return domains.flatMap((domain) => {
    const file = upcasterPath(catalog, domain);
    if (!existsSync(file)) return [];
    const path = resolve(file);
    const text = readText(path);
    if (typeof text === 'string') return [{ domain, file, path, text }];
    const at = { severity: 'error', file, line: 1, column: 1 } as const;
    const message = 'this file cannot be read';
    throw new GeneratorError([{ ...at, code: 'FILE_UNREADABLE', message, hint: 'check its permissions' }]);
  });
}

/** The files that their own copies in the SDK would replace, because catalog and SDK are in one folder. */
export function replacedSources(
  { model, upcasters }: { readonly model: EventModel; readonly upcasters: readonly UpcasterFile[] },
  out: string,
): Problem[] {
  const domains = new Set(model.events.filter(hasWrittenSteps).map(({ domain }) => domain));
  return upcasters.flatMap(({ domain, file, path }): Problem[] => {
    if (!domains.has(domain.name) || path !== resolve(out, copiesFolder, `${domain.fileName}.ts`)) return [];
    const message = 'the SDK is in the folder of the catalog, so its copy of this file would replace it';
    const hint = 'generate into another folder, such as one in the folder of the catalog';
    return [{ code: 'UPCASTER_INVALID', severity: 'error', file, line: 1, column: 1, message, hint }];
  });
}
