// tsc compiles the SDK's TypeScript only: its validators are JavaScript already, and stand beside what they are imported by.
import { cpSync } from 'node:fs';

const generated = new URL('../generated/', import.meta.url);
cpSync(new URL('validators', generated), new URL('dist/validators', generated), { recursive: true });
