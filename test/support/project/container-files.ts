import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** The part of a service of a compose file that the tests read. */
export interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

export interface Compose {
  readonly services: Readonly<Record<'redis' | 'postgres' | 'admin', ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/**
 * Reads docker-compose.yml, with the variables replaced as compose does it.
 * @throws Error when a required variable is missing
 */
export function readCompose(variables: Readonly<Record<string, string>>): Compose {
  const replaced = (text: string) =>
    text.replaceAll(/\$\{(\w+)(?::([?-])([^}]*))?\}/g, (_all, name: string, operator?: string, rest = '') => {
      const value = variables[name] ?? '';
      if (value !== '' || operator === undefined) return value;
      if (operator === '?') throw new Error(`${name} is missing a value: ${rest}`);
      return rest;
    });
  return parse(readFileSync('docker-compose.yml', 'utf8'), (_key, value: unknown) =>
    typeof value === 'string' ? replaced(value) : value,
  ) as Compose;
}

export interface Dockerfile {
  readonly text: string;
  readonly env: Readonly<Record<string, string>>;
  /** Images of the stages. */
  readonly images: readonly string[];
  readonly command: readonly string[];
}

/** Reads the instructions of a Dockerfile that the tests check. */
export function readDockerfile(text: string): Dockerfile {
  const lines = text.replaceAll(/\\\n\s*/g, ' ').split('\n');
  const of = (instruction: string) =>
    lines.flatMap((line) => (line.startsWith(`${instruction} `) ? [line.slice(instruction.length + 1)] : []));
  const pairs = of('ENV').flatMap((line) => line.trim().split(/\s+/));
  return {
    text,
    env: Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string])),
    images: of('FROM').map((line) => line.split(' ')[0] ?? ''),
    command: JSON.parse(of('CMD')[0] ?? '[]') as string[],
  };
}

/** The Dockerfile of docs/admin.md, which needs only published packages. */
export function dockerfileOfPackages(): Dockerfile {
  const page = readFileSync('docs/admin.md', 'utf8');
  return readDockerfile(/^```dockerfile\n([\s\S]*?)^```/m.exec(page)?.[1] ?? '');
}
