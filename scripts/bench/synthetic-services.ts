import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { EventModel } from '@hyvve-events/catalog-model';

export interface SyntheticServices {
  readonly services: number;
  readonly filesPerService: number;
}

/**
 * Writes the code of services that use the platform's events: a third of the files publishes one event and handles another, the
 * others compute. The packages are those of this repository, as they are built.
 */
export async function writeServices(folder: string, { services, filesPerService }: SyntheticServices): Promise<void> {
  const model = JSON.parse(await readFile('generated/catalog.json', 'utf8')) as EventModel;
  const compilerOptions = { target: 'ES2022', module: 'NodeNext', strict: true, skipLibCheck: true, types: ['node'] };
  await mkdir(folder, { recursive: true });
  await symlink(resolve('node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['services'] }));
  for (let service = 0; service < services; service += 1) {
    const own = join(folder, `services/service${service}`);
    await mkdir(own, { recursive: true });
    const files = Array.from({ length: filesPerService - 1 }, (_, index) => index);
    for (const index of files) {
      const uses = index % 3 === 0 ? usesOf(model, service * filesPerService + index) : '';
      await writeFile(join(own, `file${index}.ts`), uses + computations);
    }
    const name = model.services[service % model.services.length]?.name ?? '';
    await writeFile(join(own, 'main.ts'), mainOf(name, files));
  }
}

function usesOf({ events, domains }: EventModel, number: number): string {
  const sent = events[number % events.length];
  const handled = events[(number * 7) % events.length];
  if (sent === undefined || handled === undefined) return '';
  const moduleOf = (domain: string) => domains.find(({ name }) => name === domain)?.fileName ?? '';
  const handlersOf = (domain: string) => {
    const typeName = domains.find(({ name }) => name === domain)?.typeName ?? '';
    return `${typeName[0]?.toLowerCase()}${typeName.slice(1)}Handlers`;
  };
  const factory = handlersOf(handled.domain);
  const imported = [
    ['type TenantPublisher', 'runtime'],
    [`${sent.publisher}, type ${sent.typeName}`, `sdk/${moduleOf(sent.domain)}`],
    [factory, `sdk/${moduleOf(handled.domain)}`],
  ].map(([names, path]) => `import { ${names} } from '@hyvve-events/${path}';`);
  return `${imported.join('\n')}

export async function send(to: TenantPublisher, data: ${sent.typeName}['data']): Promise<void> {
  await ${sent.publisher}(to, data);
}
export const handlers = ${factory}({ async ${handled.handler}(event) { console.log(event.data); } });
`;
}

const computations = Array.from(
  { length: 12 },
  (_, index) => `
export interface Row${index} { readonly id: string; readonly count: number; readonly labels: readonly string[] }
export function total${index}(rows: readonly Row${index}[], least = ${index}): number {
  const wanted = rows.filter((row) => row.count >= least && row.labels.includes('label${index}'));
  return wanted.reduce((sum, { count }) => sum + count, 0);
}
`,
).join('');

function mainOf(service: string, files: readonly number[]): string {
  return `import { createEventBus } from '@hyvve-events/runtime';
${files.map((index) => `import * as file${index} from './file${index}.js';`).join('\n')}

const bus = createEventBus({ service: '${service}' });
${files
  .filter((index) => index % 3 === 0)
  .map((index) => `bus.subscribe(...file${index}.handlers);`)
  .join('\n')}
export const all = [${files.map((index) => `file${index}`).join(', ')}];
`;
}
