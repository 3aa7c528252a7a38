import type { EventModel } from '../model/event-model.js';
import { sdkAlias, type UpcasterFile, upcasterText } from '../model/upcaster-file.js';
import type { EmittedFile } from '../output/emitted-file.js';
import { headerLine } from '../print/header.js';
import { hasWrittenSteps, upcastersFolder } from '../print/modules.js';
import { moduleImports } from '../source/module-imports.js';

/**
 * Copies of the files with written conversions, for the domains that need one. The SDK contains them, so that every service
 * converts alike; only the paths of their imports change.
 */
export function emitUpcasters(model: EventModel, files: readonly UpcasterFile[]): EmittedFile[] {
  const needed = new Set(model.events.filter(hasWrittenSteps).map(({ domain }) => domain));
  return files
    .filter(({ domain }) => needed.has(domain.name))
    .map(({ domain, file, text }) => ({
      path: `${upcastersFolder}/${domain.fileName}.ts`,
      text: `// ${headerLine(file)}\n${withRelativeImports(upcasterText(text)).trimEnd()}\n`,
    }));
}

function withRelativeImports(text: string): string {
  let result = '';
  let end = 0;
  for (const { from, start, end: next } of moduleImports(text)) {
    result += text.slice(end, start) + relativePath(from);
    end = next;
  }
  return result + text.slice(end);
}

/** `#sdk/shop` as `../shop.js`. */
function relativePath(from: string): string {
  return from === sdkAlias ? '../index.js' : `../${from.slice(sdkAlias.length + 1)}.js`;
}
