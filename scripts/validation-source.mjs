// Writes generator/emit/validation-source.ts: the functions of runtime/validation/ as the JavaScript that the generator puts
// beside the validators, so that a validator is loaded without any package. Run by `npm run build`, after the runtime.
import { readFileSync, writeFileSync } from 'node:fs';

const modules = ['values', 'date-time', 'domain-labels', 'addresses', 'formats', 'patterns', 'guard'];
const target = new URL('../generator/emit/validation-source.ts', import.meta.url);

/** A compiled module without its imports, comments of its own and the source map. */
function bodyOf(name) {
  const text = readFileSync(new URL(`../runtime/dist/validation/${name}.js`, import.meta.url), 'utf8');
  return text
    .replaceAll(/^import .*$/gm, '')
    .replaceAll(/^\/\/# sourceMappingURL.*$/gm, '')
    .replaceAll(/^\/\*\*[\s\S]*?\*\/\n/gm, '')
    .trim();
}

const text = modules.map(bodyOf).join('\n');
const source = `// Written by scripts/validation-source.mjs from runtime/validation/: do not edit, change it there and build.

/** What compiled validators need at run time, as the text of a JavaScript module. */
export const validationSource = ${JSON.stringify(text)};
`;
let before = '';
try {
  before = readFileSync(target, 'utf8');
} catch {
  // Not written yet.
}
if (before !== source) writeFileSync(target, source);
