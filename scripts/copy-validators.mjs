// tsc compiles only the SDK's TypeScript. Its validators are JavaScript files and are copied next to the compiled modules.
import { cpSync } from 'node:fs';

const generated = new URL('../generated/', import.meta.url);
cpSync(new URL('validators', generated), new URL('dist/validators', generated), { recursive: true });
