import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** The catalog of a new project, by path in its folder. */
export const firstCatalog: Readonly<Record<string, string>> = Object.fromEntries(
  ['asyncapi.yaml', 'domains/order.yaml'].map((path) => [
    path,
    readFileSync(resolve('create/templates/catalog/catalog', path), 'utf8'),
  ]),
);
